/// Gives pages of what a text in a query language of the store asks for (the toolkit's `IQuerablePageReader`).
public protocol QuerablePageReader<Item>: Sendable {
    /// What is given.
    associatedtype Item: Sendable
    /// A page of the items that a query asks for.
    /// - Throws: BadRequest for a malformed query; what the store throws.
    func getPageByQuery(
        _ context: Context, _ query: String, _ paging: PagingParams, _ sort: SortParams
    ) async throws -> DataPage<Item>
}
