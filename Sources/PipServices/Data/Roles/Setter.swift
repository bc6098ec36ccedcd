/// Stores items, new or not (the toolkit's `ISetter`).
public protocol Setter<Item>: Sendable {
    /// What is stored.
    associatedtype Item: Sendable
    /// Adds an item, or replaces the one with its id.
    /// - Returns: the item as it is stored.
    /// - Throws: what the store throws.
    @discardableResult
    func set(_ context: Context, _ item: Item) async throws -> Item
}
