/// Returns items by id (the toolkit's `IGetter`).
public protocol Getter<Item>: Sendable {
    /// The type of the items.
    associatedtype Item: Identifiable & Sendable
    /// Returns the item with an id, or nil.
    /// - Throws: errors of the store.
    func getOneById(_ context: Context, _ id: Item.ID) async throws -> Item?
}

/// Returns items by a query in the store's language (the toolkit's `IQuerableReader`).
public protocol QuerableReader<Item>: Sendable {
    /// The type of the items.
    associatedtype Item: Sendable
    /// Returns the items that match a query.
    /// - Throws: BadRequest for a malformed query; errors of the store.
    func getListByQuery(_ context: Context, _ query: String, _ sort: SortParams) async throws -> [Item]
}

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

/// Loads all items of a source at once (the toolkit's `ILoader`). In-memory persistences use an ``ItemStorage``
/// instead.
public protocol Loader<Item>: Sendable {
    /// The type of the items.
    associatedtype Item: Sendable
    /// Returns all items.
    /// - Throws: errors of the source, such as ReadFailed.
    func load(_ context: Context) async throws -> [Item]
}
