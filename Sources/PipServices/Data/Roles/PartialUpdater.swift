/// Changes some fields of items (the toolkit's `IPartialUpdater`).
public protocol PartialUpdater<Item>: Sendable {
    /// What is changed.
    associatedtype Item: Identifiable & Sendable
    /// Replaces fields of the item with an id, by their names in JSON. Only the first level is merged. Fields that the type
    /// does not have are ignored; the version of a ``Versioned`` item counts nevertheless.
    /// - Returns: the item as it is stored; nil when there is none with that id.
    /// - Throws: BadRequest `INVALID_DATA` when the fields do not fit the item, `NO_ID` for an empty id; Conflict
    ///   `VERSION_CONFLICT` when they name a version and a ``Versioned`` item has another one; what the store throws.
    @discardableResult
    func updatePartially(_ context: Context, _ id: Item.ID, _ data: AnyValueMap) async throws -> Item?
}
