/// Adds or replaces items (the toolkit's `ISetter`).
public protocol Setter<Item>: Sendable {
    /// The type of the items.
    associatedtype Item: Sendable
    /// Adds an item, or replaces the one with its id.
    /// - Returns: the stored item.
    /// - Throws: errors of the store.
    @discardableResult
    func set(_ context: Context, _ item: Item) async throws -> Item
}
