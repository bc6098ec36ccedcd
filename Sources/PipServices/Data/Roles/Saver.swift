/// Saves all items at once, replacing the previous ones (the toolkit's `ISaver`).
public protocol Saver<Item>: Sendable {
    /// The type of the items.
    associatedtype Item: Sendable
    /// Saves all items.
    /// - Throws: errors of the target, such as WriteFailed.
    func save(_ context: Context, _ items: [Item]) async throws
}
