/// A persistence that has all its items in memory, and perhaps in a file too. It declares its reader, and queries have
/// default implementations.
public protocol InMemoryReader<Item>: Component {
    /// The type of items.
    associatedtype Item: Codable & Sendable
    /// The queries on the present items.
    var reader: ItemReader<Item> { get }
}

extension InMemoryReader {
    /// Returns a page of the items that match a filter: at most `options.max_page_size`, with the total if `paging`
    /// requests it.
    public func getPage(
        _ context: Context, where filter: Filter<Item> = .all, paging: PagingParams = PagingParams(),
        sortedBy order: Sort<Item> = .stored
    ) -> DataPage<Item> {
        let reader = reader
        let page = reader.page(filter, paging, order)
        reader.logger.trace(context, "Retrieved \(page.data.count) items")
        return page
    }

    /// Returns a page of selected fields of the items that match a filter; no fields mean all.
    /// - Throws: BadRequest `CANNOT_ENCODE` for an item that can't be encoded as JSON.
    public func getPage(
        _ context: Context, where filter: Filter<Item> = .all, paging: PagingParams = PagingParams(),
        sortedBy order: Sort<Item> = .stored, fields: ProjectionParams
    ) throws(ApplicationError) -> DataPage<AnyValueMap> {
        let page = getPage(context, where: filter, paging: paging, sortedBy: order)
        return DataPage(try Projection.of(page.data, fields), total: page.total)
    }

    /// Returns the page after the one with the token. Tokens are valid until the process ends.
    /// - Throws: BadRequest `BAD_TOKEN` for a token of another filter, order or run of the service.
    public func getPage(
        _ context: Context, where filter: Filter<Item> = .all, paging: TokenizedPagingParams,
        sortedBy order: Sort<Item> = .stored
    ) throws(ApplicationError) -> TokenizedDataPage<Item> {
        let reader = reader
        let page = try reader.page(context, filter, paging, order)
        reader.logger.trace(context, "Retrieved \(page.data.count) items")
        return page
    }

    /// Returns all items that match a filter.
    public func getList(
        _ context: Context, where filter: Filter<Item> = .all, sortedBy order: Sort<Item> = .stored
    ) -> [Item] { reader.list(filter, order) }

    /// Returns the number of items that match a filter.
    public func getCount(_ context: Context, where filter: Filter<Item> = .all) -> Int { reader.count(filter) }

    /// Returns the first stored item that matches a filter, or nil.
    public func getOne(_ context: Context, where filter: Filter<Item>) -> Item? { reader.first(filter) }

    /// Returns a random item that matches a filter, uniformly distributed, or nil.
    public func getOneRandom(_ context: Context, where filter: Filter<Item> = .all) -> Item? { reader.one(filter) }
}
