/// Loads all items of a source at once (the toolkit's `ILoader`). In-memory persistences use an ``ItemStorage``
/// instead.
public protocol Loader<Item>: Sendable {
    /// The type of the items.
    associatedtype Item: Sendable
    /// Returns all items.
    /// - Throws: errors of the source, such as ReadFailed.
    func load(_ context: Context) async throws -> [Item]
}
