/// Creates, updates and deletes items (the toolkit's `IWriter`).
public protocol Writer<Item>: Sendable {
    /// The type of the items.
    associatedtype Item: Identifiable & Sendable
    /// Adds an item. An empty id is replaced by a new one.
    /// - Returns: the stored item.
    /// - Throws: Conflict `ALREADY_EXISTS` if the id exists; errors of the store.
    @discardableResult
    func create(_ context: Context, _ item: Item) async throws -> Item

    /// Replaces the item with the same id.
    /// - Returns: the stored item; nil if the id does not exist.
    /// - Throws: Conflict `VERSION_CONFLICT` if a ``Versioned`` item has another version; errors of the store.
    @discardableResult
    func update(_ context: Context, _ item: Item) async throws -> Item?

    /// Deletes the item with an id.
    /// - Returns: the deleted item, or nil.
    /// - Throws: errors of the store.
    @discardableResult
    func deleteById(_ context: Context, _ id: Item.ID) async throws -> Item?
}
