import FoundationEssentials

/// Keeps items without ids in a collection of MongoDB (the toolkit's `MongoDbPersistence`).
///
/// An engine that a persistence holds as a child, like ``MemoryPersistence``, whose calls it has. Documents get ids of
/// MongoDB, which items do not show. See ``IdentifiableMongoDBPersistence``.
public final class MongoDBPersistence<Item: Codable & Sendable>: Outbox, Component, Openable, Cleanable {
    private let engine: MongoDBEngine<Item>
    private let clock = ClockSlot()
    private let counter = Locked<UInt32>(0)

    /// Creates a persistence.
    /// - Parameters:
    ///   - collection: the collection; nil: as the setting `collection` says.
    ///   - indexes: fields by which items are often looked for or sorted.
    ///   - nativeIndexes: further indexes, such as unique ones.
    public init(
        _ collection: String? = nil, indexes: [ItemIndex<Item>] = [], nativeIndexes: [MongoDBIndex] = []
    ) {
        engine = MongoDBEngine(collection: collection, indexes: indexes.map { MongoDBIndex($0) } + nativeIndexes)
    }

    /// Makes sure that there are the indexes.
    public func open(_ context: Context) async throws { try await engine.open(context) }

    /// Does nothing: the connection is closed on its own.
    public func close(_ context: Context) async throws {}

    /// A page of the items that a filter holds for: never more than `options.max_page_size`, with the total when `paging`
    /// asks for it.
    public func getPage(
        _ context: Context, where filter: Filter<Item> = .all, paging: PagingParams = PagingParams(),
        sortedBy order: Sort<Item> = .stored
    ) async throws -> DataPage<Item> {
        try await engine.page(context, where: filter, paging: paging, sortedBy: order)
    }

    /// A page of some fields of the items that a filter holds for; no fields mean all.
    public func getPage(
        _ context: Context, where filter: Filter<Item> = .all, paging: PagingParams = PagingParams(),
        sortedBy order: Sort<Item> = .stored, fields: ProjectionParams
    ) async throws -> DataPage<AnyValueMap> {
        try await engine.page(context, where: filter, paging: paging, sortedBy: order, fields: fields)
    }

    /// The page behind the one that a token came with.
    /// - Throws: BadRequest `BAD_TOKEN` for a token of another filter or order.
    public func getPage(
        _ context: Context, where filter: Filter<Item> = .all, paging: TokenizedPagingParams,
        sortedBy order: Sort<Item> = .stored
    ) async throws -> TokenizedDataPage<Item> {
        try await engine.page(context, where: filter, paging: paging, sortedBy: order)
    }

    /// All items that a filter holds for.
    public func getList(
        _ context: Context, where filter: Filter<Item> = .all, sortedBy order: Sort<Item> = .stored
    ) async throws -> [Item] { try await engine.list(context, where: filter, sortedBy: order) }

    /// All items that a native filter of MongoDB holds for.
    public func getList(
        _ context: Context, native filter: BSONDocument, sortedBy order: BSONDocument = ["_order": 1, "_id": 1]
    ) async throws -> [Item] {
        try await engine.list(context, MongoDBFind(filter: .document(filter), sort: .document(order)))
    }

    /// All items that a filter holds for, read in batches when they are asked for.
    public func stream(
        _ context: Context, where filter: Filter<Item> = .all, sortedBy order: Sort<Item> = .stored,
        batchSize: Int = 100
    ) throws -> MongoDBStream<Item> {
        try engine.stream(context, where: filter, sortedBy: order, batchSize: batchSize)
    }

    /// How many items a filter holds for.
    public func getCount(_ context: Context, where filter: Filter<Item> = .all) async throws -> Int {
        try await engine.count(context, where: filter)
    }

    /// The first stored item that a filter holds for, or nil.
    public func getOne(_ context: Context, where filter: Filter<Item>) async throws -> Item? {
        try await engine.one(context, where: filter)
    }

    /// Any item that a filter holds for, each as likely as the others; nil when there is none.
    public func getOneRandom(_ context: Context, where filter: Filter<Item> = .all) async throws -> Item? {
        try await engine.random(context, where: filter)
    }

    /// The results of an aggregation pipeline over the collection.
    public func aggregate(_ context: Context, _ stages: [BSONDocument]) async throws -> [BSONDocument] {
        try await engine.aggregate(context, stages)
    }

    /// Adds an item.
    @discardableResult
    public func create(_ context: Context, _ item: Item) async throws -> Item {
        try await createMany(context, [item])
        return item
    }

    /// Adds items and stores messages with them, all or none.
    /// - Throws: Unsupported `NO_TRANSACTIONS` for messages with items on a single server, which has no transactions.
    public func createMany(
        _ context: Context, _ items: [Item], messages: [OutboxMessage] = []
    ) async throws {
        let writes = try items.map { try write($0, context) }
        let waiting = try engine.outboxWrites(messages)
        try await engine.run(context, "insert") { operations in
            guard !waiting.isEmpty else { return try operations.insertAll(writes) }
            let outbox = MongoDBOperations(
                session: operations.session,
                collection: MongoDBEngine<Item>.outboxName(operations.collection), pool: operations.pool)
            try operations.transaction {
                for write in writes { try operations.insert(write) }
                for message in waiting { try outbox.insert(message) }
            }
        }
        engine.logger.trace(context, "Created \(items.count) items")
    }

    /// Removes the items that a filter holds for, and tells how many there were.
    @discardableResult
    public func deleteByFilter(_ context: Context, _ filter: Filter<Item>) async throws -> Int {
        try await engine.delete(context, where: filter)
    }

    /// Removes all items, and no messages.
    public func clear(_ context: Context) async throws {
        _ = try await engine.run(context, "delete") { try $0.deleteAll([:]) }
    }

    /// The oldest messages that were not said to be sent, at most `count`. They wait in the collection `<collection>_outbox`.
    public func getUnsent(_ context: Context, _ count: Int) async throws -> [OutboxMessage] {
        try await engine.unsent(context, count)
    }

    /// Forgets messages that were sent.
    public func markSent(_ context: Context, _ ids: [String]) async throws { try await engine.markSent(context, ids) }

    // MARK: - Internal

    /// The item's document, with an id of its own unless the item has one.
    private func write(_ item: Item, _ context: Context) throws -> MongoDBWrite {
        let document = try engine.document(item, context)
        if try document.raw(MongoDBFields.id) != nil {
            return MongoDBWrite(id: IdGenerator.nextLong(engine.random), document)
        }
        let number = counter.withLock { count in
            count = (count + 1) & 0xFF_FFFF
            return count
        }
        let seconds = Int64(exactly: clock.now.timeIntervalSince1970.rounded(.down)) ?? 0
        let id = ObjectID(seconds: seconds, random: engine.random.next(), number: number)
        let bytes = try document.adding([.init(MongoDBFields.id, .raw(.objectID, id.bytes))])
        return MongoDBWrite(id: id.description, BSONDocument(bytes: bytes))
    }
}
