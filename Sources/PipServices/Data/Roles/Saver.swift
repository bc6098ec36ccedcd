/// Takes all items at once, in place of those from before (the toolkit's `ISaver`).
public protocol Saver<Item>: Sendable {
    /// What is saved.
    associatedtype Item: Sendable
    /// Saves all items.
    /// - Throws: what the target throws, such as WriteFailed.
    func save(_ context: Context, _ items: [Item]) async throws
}
