import FoundationEssentials

/// Stores items without ids in a MongoDB collection (the toolkit's `MongoDbPersistence`).
///
/// A child component of a persistence, with the same methods as ``MemoryPersistence``. Documents have MongoDB ids,
/// which items do not contain. See ``IdentifiableMongoDBPersistence``.
public final class MongoDBPersistence<Item: Codable & Sendable>: MongoDBReader, Outbox, Openable, Cleanable {
    /// The implementation that both persistences share.
    public let engine: MongoDBEngine<Item>
    private let indexes: [ItemIndex<Item>]
    private let clock = ClockSlot()
    private let counter = Locked<UInt32>(0)

    /// Creates a persistence.
    /// - Parameters:
    ///   - collection: the name of the collection; nil to use the setting `collection`.
    ///   - indexes: fields that are often filtered or sorted by.
    ///   - nativeIndexes: additional indexes, such as unique ones.
    public init(
        _ collection: String? = nil, indexes: [ItemIndex<Item>] = [], nativeIndexes: [MongoDBIndex] = []
    ) {
        self.indexes = indexes
        engine = MongoDBEngine(collection: collection, indexes: indexes.map { MongoDBIndex($0) } + nativeIndexes)
    }

    /// Creates missing indexes.
    public func open(_ context: Context) async throws {
        for index in indexes { try index.check(context) }
        try await engine.open(context)
    }

    /// Does nothing: the connection closes independently.
    public func close(_ context: Context) async throws {}

    /// Adds an item.
    @discardableResult
    public func create(_ context: Context, _ item: Item) async throws -> Item {
        try await createMany(context, [item])
        return item
    }

    /// Adds items and stores messages with them, all or none.
    /// - Throws: Unsupported `NO_TRANSACTIONS` for messages on a standalone server, which has no transactions.
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

    /// Deletes the items that match a filter. Returns their number.
    @discardableResult
    public func deleteByFilter(_ context: Context, _ filter: Filter<Item>) async throws -> Int {
        try await engine.delete(context, where: filter)
    }

    /// Deletes all items, but no outbox messages.
    public func clear(_ context: Context) async throws {
        _ = try await engine.run(context, "delete") { try $0.deleteAll([:]) }
    }

    /// Returns the oldest unsent messages, at most `count`. They are stored in the collection `<collection>_outbox`.
    public func getUnsent(_ context: Context, _ count: Int) async throws -> [OutboxMessage] {
        try await engine.unsent(context, count)
    }

    /// Deletes messages that were sent.
    public func markSent(_ context: Context, _ ids: [String]) async throws { try await engine.markSent(context, ids) }

    // MARK: - Internal

    /// The item's document, with a new id unless the item has one.
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
