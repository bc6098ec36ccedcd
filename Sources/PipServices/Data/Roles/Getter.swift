/// Gives items by id (the toolkit's `IGetter`).
public protocol Getter<Item>: Sendable {
    /// What is given.
    associatedtype Item: Identifiable & Sendable
    /// The item with an id, or nil.
    /// - Throws: what the store throws.
    func getOneById(_ context: Context, _ id: Item.ID) async throws -> Item?
}
