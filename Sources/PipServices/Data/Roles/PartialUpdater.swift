/// Updates some fields of items (the toolkit's `IPartialUpdater`).
public protocol PartialUpdater<Item>: Sendable {
    /// The type of the items.
    associatedtype Item: Identifiable & Sendable
    /// Replaces fields of the item with an id, by their JSON names. Only the first level is merged. Fields that the
    /// type does not have are ignored, except the version of a ``Versioned`` item.
    /// - Returns: the stored item; nil if the id does not exist.
    /// - Throws: BadRequest `INVALID_DATA` if the changed item can't be decoded, `NO_ID` for an empty id; Conflict
    ///   `VERSION_CONFLICT` if the fields contain a version and a ``Versioned`` item has another one; errors of the
    ///   store.
    @discardableResult
    func updatePartially(_ context: Context, _ id: Item.ID, _ data: AnyValueMap) async throws -> Item?
}
