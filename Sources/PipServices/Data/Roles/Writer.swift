/// Creates, changes and deletes items (the toolkit's `IWriter`).
public protocol Writer<Item>: Sendable {
    /// What is written.
    associatedtype Item: Identifiable & Sendable
    /// Adds an item. An empty id is replaced by a new one.
    /// - Returns: the item as it is stored.
    /// - Throws: Conflict `ALREADY_EXISTS` when there is an item with that id; what the store throws.
    @discardableResult
    func create(_ context: Context, _ item: Item) async throws -> Item

    /// Replaces the item with the same id.
    /// - Returns: the item as it is stored; nil when there is none with that id.
    /// - Throws: Conflict `VERSION_CONFLICT` when a ``Versioned`` item has been changed meanwhile; what the store throws.
    @discardableResult
    func update(_ context: Context, _ item: Item) async throws -> Item?

    /// Removes the item with an id.
    /// - Returns: the item; nil when there is none.
    /// - Throws: what the store throws.
    @discardableResult
    func deleteById(_ context: Context, _ id: Item.ID) async throws -> Item?
}
