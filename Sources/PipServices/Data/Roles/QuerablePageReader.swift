/// Returns pages of items by a query in the store's language (the toolkit's `IQuerablePageReader`).
public protocol QuerablePageReader<Item>: Sendable {
    /// The type of the items.
    associatedtype Item: Sendable
    /// Returns a page of the items that match a query.
    /// - Throws: BadRequest for a malformed query; errors of the store.
    func getPageByQuery(
        _ context: Context, _ query: String, _ paging: PagingParams, _ sort: SortParams
    ) async throws -> DataPage<Item>
}
