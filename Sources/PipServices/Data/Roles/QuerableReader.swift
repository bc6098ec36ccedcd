/// Gives the items that a text in a query language of the store asks for (the toolkit's `IQuerableReader`).
public protocol QuerableReader<Item>: Sendable {
    /// What is given.
    associatedtype Item: Sendable
    /// The items that a query asks for.
    /// - Throws: BadRequest for a malformed query; what the store throws.
    func getListByQuery(_ context: Context, _ query: String, _ sort: SortParams) async throws -> [Item]
}
