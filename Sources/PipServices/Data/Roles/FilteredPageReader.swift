/// Gives pages of the items that the parameters of a request ask for (the toolkit's `IFilteredPageReader`).
public protocol FilteredPageReader<Item>: Sendable {
    /// What is given.
    associatedtype Item: Sendable
    /// A page of the items that a filter holds for. ``FilterRules`` says what its keys mean.
    /// - Throws: BadRequest for parameters that are malformed; what the store throws.
    func getPageByFilter(
        _ context: Context, _ filter: FilterParams, _ paging: PagingParams, _ sort: SortParams
    ) async throws -> DataPage<Item>
}

extension FilteredPageReader {
    /// A page of the items that a filter holds for, in the order in which they were stored.
    public func getPageByFilter(
        _ context: Context, _ filter: FilterParams, _ paging: PagingParams
    ) async throws -> DataPage<Item> {
        try await getPageByFilter(context, filter, paging, SortParams())
    }
}
