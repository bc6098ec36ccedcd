/// Gives the items that the parameters of a request ask for (the toolkit's `IFilteredReader`).
public protocol FilteredReader<Item>: Sendable {
    /// What is given.
    associatedtype Item: Sendable
    /// The items that a filter holds for. ``FilterRules`` says what its keys mean.
    /// - Throws: BadRequest for parameters that are malformed; what the store throws.
    func getListByFilter(_ context: Context, _ filter: FilterParams, _ sort: SortParams) async throws -> [Item]
}

extension FilteredReader {
    /// The items that a filter holds for, in the order in which they were stored.
    public func getListByFilter(_ context: Context, _ filter: FilterParams) async throws -> [Item] {
        try await getListByFilter(context, filter, SortParams())
    }
}
