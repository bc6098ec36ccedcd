/// Returns pages of items by filter parameters (the toolkit's `IFilteredPageReader`).
public protocol FilteredPageReader<Item>: Sendable {
    /// The type of the items.
    associatedtype Item: Sendable
    /// Returns a page of the items that match a filter. ``FilterRules`` defines its keys.
    /// - Throws: BadRequest for malformed parameters; errors of the store.
    func getPageByFilter(
        _ context: Context, _ filter: FilterParams, _ paging: PagingParams, _ sort: SortParams
    ) async throws -> DataPage<Item>
}

extension FilteredPageReader {
    /// Returns a page of the items that match a filter, in insertion order.
    public func getPageByFilter(
        _ context: Context, _ filter: FilterParams, _ paging: PagingParams
    ) async throws -> DataPage<Item> {
        try await getPageByFilter(context, filter, paging, SortParams())
    }
}
