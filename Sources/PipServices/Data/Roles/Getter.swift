/// Returns items by id (the toolkit's `IGetter`).
public protocol Getter<Item>: Sendable {
    /// The type of the items.
    associatedtype Item: Identifiable & Sendable
    /// Returns the item with an id, or nil.
    /// - Throws: errors of the store.
    func getOneById(_ context: Context, _ id: Item.ID) async throws -> Item?
}
