/// A persistence in a MongoDB collection. It declares its engine, and queries have default implementations.
///
/// All calls can throw the errors of ``MongoDBConnector``.
public protocol MongoDBReader<Item>: Component {
    /// The type of items.
    associatedtype Item: Codable & Sendable
    /// The implementation that both persistences share.
    var engine: MongoDBEngine<Item> { get }
}

extension MongoDBReader {
    /// Returns a page of the items that match a filter, at most `options.max_page_size`, with the total if `paging`
    /// requests it.
    public func getPage(
        _ context: Context, where filter: Filter<Item> = .all, paging: PagingParams = PagingParams(),
        sortedBy order: Sort<Item> = .stored
    ) async throws -> DataPage<Item> {
        try await engine.page(context, where: filter, paging: paging, sortedBy: order)
    }

    /// Returns a page of some fields of the items that match a filter; an empty list means all fields.
    public func getPage(
        _ context: Context, where filter: Filter<Item> = .all, paging: PagingParams = PagingParams(),
        sortedBy order: Sort<Item> = .stored, fields: ProjectionParams
    ) async throws -> DataPage<AnyValueMap> {
        try await engine.page(context, where: filter, paging: paging, sortedBy: order, fields: fields)
    }

    /// Returns the page that follows a token. Tokens are valid in all instances of the service, and after a restart.
    /// - Throws: BadRequest `BAD_TOKEN` for a token of another filter or order; Unsupported `UNSUPPORTED_SORT` for
    ///   sorting by a list field.
    public func getPage(
        _ context: Context, where filter: Filter<Item> = .all, paging: TokenizedPagingParams,
        sortedBy order: Sort<Item> = .stored
    ) async throws -> TokenizedDataPage<Item> {
        try await engine.page(context, where: filter, paging: paging, sortedBy: order)
    }

    /// Returns all items that match a filter.
    public func getList(
        _ context: Context, where filter: Filter<Item> = .all, sortedBy order: Sort<Item> = .stored
    ) async throws -> [Item] { try await engine.list(context, where: filter, sortedBy: order) }

    /// Streams all items that match a filter, read in batches on demand.
    public func stream(
        _ context: Context, where filter: Filter<Item> = .all, sortedBy order: Sort<Item> = .stored,
        batchSize: Int = 100
    ) throws -> MongoDBStream<Item> {
        try engine.stream(context, where: filter, sortedBy: order, batchSize: batchSize)
    }

    /// Returns the number of items that match a filter.
    public func getCount(_ context: Context, where filter: Filter<Item> = .all) async throws -> Int {
        try await engine.count(context, where: filter)
    }

    /// Returns the first stored item that matches a filter; nil if none does.
    public func getOne(_ context: Context, where filter: Filter<Item>) async throws -> Item? {
        try await engine.one(context, where: filter)
    }

    /// Returns a random item that matches a filter, all with equal probability; nil if none does.
    public func getOneRandom(_ context: Context, where filter: Filter<Item> = .all) async throws -> Item? {
        try await engine.random(context, where: filter)
    }

    /// Returns a page of the items that match a native MongoDB filter. Its field names are those of MongoDB: `_id` for
    /// `id`.
    /// - Throws: BadRequest `BAD_QUERY` for an invalid filter or sort order.
    public func getPage(
        _ context: Context, native filter: BSONDocument, paging: PagingParams = PagingParams(),
        sortedBy order: BSONDocument = ["_order": 1, "_id": 1]
    ) async throws -> DataPage<Item> {
        let find = MongoDBFind(filter: .document(filter), sort: .document(order))
        let found = try await engine.page(context, find, paging)
        return DataPage(try found.documents.map { try engine.item($0, context) }, total: found.total)
    }

    /// Returns all items that match a native MongoDB filter.
    public func getList(
        _ context: Context, native filter: BSONDocument, sortedBy order: BSONDocument = ["_order": 1, "_id": 1]
    ) async throws -> [Item] {
        try await engine.list(context, MongoDBFind(filter: .document(filter), sort: .document(order)))
    }

    /// Returns the number of items that match a native MongoDB filter.
    public func getCount(_ context: Context, native filter: BSONDocument) async throws -> Int {
        try await engine.run(context, "count") { try $0.count(.document(filter)) }
    }

    /// Runs an aggregation pipeline on the collection.
    /// - Throws: BadRequest `BAD_QUERY` for an invalid stage.
    public func aggregate(_ context: Context, _ stages: [BSONDocument]) async throws -> [BSONDocument] {
        try await engine.aggregate(context, stages)
    }
}
