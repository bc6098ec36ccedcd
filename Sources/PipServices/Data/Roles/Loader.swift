/// Gives all items of a source at once (the toolkit's `ILoader`). What keeps the items of an engine is an ``ItemStorage``.
public protocol Loader<Item>: Sendable {
    /// What is loaded.
    associatedtype Item: Sendable
    /// All items.
    /// - Throws: what the source throws, such as ReadFailed.
    func load(_ context: Context) async throws -> [Item]
}
