/// Returns items by filter parameters (the toolkit's `IFilteredReader`).
public protocol FilteredReader<Item>: Sendable {
    /// The type of the items.
    associatedtype Item: Sendable
    /// Returns the items that match a filter. ``FilterRules`` defines its keys.
    /// - Throws: BadRequest for malformed parameters; errors of the store.
    func getListByFilter(_ context: Context, _ filter: FilterParams, _ sort: SortParams) async throws -> [Item]
}

extension FilteredReader {
    /// Returns the items that match a filter, in insertion order.
    public func getListByFilter(_ context: Context, _ filter: FilterParams) async throws -> [Item] {
        try await getListByFilter(context, filter, SortParams())
    }
}
