/// Returns items by a query in the store's language (the toolkit's `IQuerableReader`).
public protocol QuerableReader<Item>: Sendable {
    /// The type of the items.
    associatedtype Item: Sendable
    /// Returns the items that match a query.
    /// - Throws: BadRequest for a malformed query; errors of the store.
    func getListByQuery(_ context: Context, _ query: String, _ sort: SortParams) async throws -> [Item]
}
