/// Stores items with ids in a MongoDB collection (the toolkit's `IdentifiableMongoDbPersistence`).
///
/// A child component of a persistence, with the same methods as ``IdentifiableMemoryPersistence``:
/// ```swift
/// let items = IdentifiableMongoDBPersistence<Beacon>("beacons", indexes: [.hash(Beacon.udi)])
/// ```
/// ```yaml
/// - descriptor: beacons:persistence:mongodb:default:1.0
///   connection: { host: localhost, port: 27017, database: beacons }
/// ```
/// The server evaluates filters, sorts and projections, with the same results as in memory (docs/data.md). A filter
/// that MongoDB would evaluate differently is refused with Unsupported `UNSUPPORTED_FILTER`.
///
/// Each change of one item is atomic. Changes of several items are atomic on replica sets and sharded clusters. On a
/// standalone server, a failed `createMany` removes the items that it added, which readers may have seen; a failed
/// `setMany` leaves the items stored before the failure. Concurrent ``createOnce(_:_:unless:)`` calls are only safe
/// with a unique index on the filter's fields.
///
/// Safe to use from any task. All calls can throw the errors of ``MongoDBConnector``.
public final class IdentifiableMongoDBPersistence<Item: StringIdentifiable & Codable>: PersistenceEngine,
    MongoDBReader, Cleanable
{
    /// The implementation that both persistences share.
    public let engine: MongoDBEngine<Item>
    private let indexes: [ItemIndex<Item>]
    /// The JSON name of the version field, for versioned items.
    private let versionName = Locked<String?>(nil)

    /// Creates a persistence.
    /// - Parameters:
    ///   - collection: the name of the collection; nil to use the setting `collection`.
    ///   - indexes: fields that are often filtered or sorted by. Each gets an index on the server.
    ///   - nativeIndexes: additional indexes, such as unique ones.
    public init(
        _ collection: String? = nil, indexes: [ItemIndex<Item>] = [], nativeIndexes: [MongoDBIndex] = []
    ) {
        self.indexes = indexes
        engine = MongoDBEngine(collection: collection, indexes: indexes.map { MongoDBIndex($0) } + nativeIndexes)
    }

    /// Creates missing indexes.
    /// - Throws: Conflict `ALREADY_EXISTS` if existing items violate a unique index; Misconfiguration `NO_COLLECTION`.
    public func open(_ context: Context) async throws {
        for index in indexes { try index.check(context) }
        try await engine.open(context)
    }

    /// Does nothing: the connection closes independently.
    public func close(_ context: Context) async throws {}

    // MARK: - Reading

    /// Returns the item with an id; nil if it is missing.
    public func getOneById(_ context: Context, _ id: String) async throws -> Item? {
        let found = try await engine.run(context, "find") { try $0.first([MongoDBFields.id: .string(id)], .read) }
        return try found.map { try engine.item($0, context) }
    }

    /// Returns the items with the given ids, in that order; missing ones are omitted.
    public func getListByIds(_ context: Context, _ ids: [String]) async throws -> [Item] {
        guard !ids.isEmpty else { return [] }
        let items = try await engine.list(context, MongoDBFind(filter: MongoDBOperations.query(ids)))
        let found = Dictionary(items.map { (ScalarText($0.id), $0) }, uniquingKeysWith: { $1 })
        return ids.compactMap { found[ScalarText($0)] }
    }

    // MARK: - Writing

    /// Adds an item. An empty id is replaced by a new one.
    /// - Throws: Conflict `ALREADY_EXISTS` if the id, or another unique value, exists already.
    @discardableResult
    public func create(_ context: Context, _ item: Item) async throws -> Item {
        let item = ItemVersions.first(identified(item))
        let write = try engine.write(item, id: item.id, context)
        try await engine.run(context, "insert") { _ = try $0.insert(write) }
        engine.logger.trace(context, "Created item \(item.id)")
        return item
    }

    /// Adds items, all or none. Empty ids are replaced by new ones.
    /// - Throws: Conflict `ALREADY_EXISTS` if an id exists already or is repeated.
    @discardableResult
    public func createMany(_ context: Context, _ items: [Item]) async throws -> [Item] {
        guard !items.isEmpty else { return [] }
        let items = items.map { ItemVersions.first(identified($0)) }
        let writes = try items.map { try engine.write($0, id: $0.id, context) }
        try await engine.run(context, "insert") { try $0.insertAll(writes) }
        engine.logger.trace(context, "Created \(items.count) items")
        return items
    }

    /// Adds an item unless an existing item matches a filter.
    /// - Throws: Conflict `ALREADY_EXISTS` if no item matches but the id exists already.
    @discardableResult
    public func createOnce(_ context: Context, _ item: Item, unless existing: Filter<Item>) async throws -> Item {
        let item = ItemVersions.first(identified(item))
        let write = try engine.write(item, id: item.id, context)
        let filter = try MongoDBFilter(context: context).query(existing.expression)
        let found = try await engine.run(context, "insert") { try $0.insertOnce(write, unless: filter) }
        return try found.map { try engine.item($0, context) } ?? item
    }

    /// Adds an item, or replaces the one with its id regardless of its version. An empty id is replaced by a new one.
    @discardableResult
    public func set(_ context: Context, _ item: Item) async throws -> Item {
        try await change(context, "set", .set(identified(item))) ?? item
    }

    /// Adds or replaces items; all or none if the servers support transactions.
    @discardableResult
    public func setMany(_ context: Context, _ items: [Item]) async throws -> [Item] {
        guard !items.isEmpty else { return [] }
        let items = items.map(identified)
        let stored = try await engine.run(context, "set") { [self] operations in
            try operations.session.client.hasTransactions() && items.count > 1
                ? operations.transaction { try setAll(items, operations) } : setAll(items, operations)
        }
        engine.logger.trace(context, "Set \(items.count) items")
        return stored
    }

    /// Replaces the item with the same id. Nil if it is missing.
    /// - Throws: Conflict `VERSION_CONFLICT` if a ``Versioned`` item was changed in the meantime.
    @discardableResult
    public func update(_ context: Context, _ item: Item) async throws -> Item? {
        try await change(context, "update", .update(item))
    }

    /// Replaces top-level fields of the item with an id. Other fields are kept, including those unknown to the type.
    /// Nil if the item is missing.
    /// - Throws: BadRequest `INVALID_DATA` if the fields do not match the type, `NO_ID` for an empty id, `BAD_ID` for a
    ///   different id; Conflict `VERSION_CONFLICT` if the fields contain a version other than that of a ``Versioned``
    ///   item.
    @discardableResult
    public func updatePartially(_ context: Context, _ id: String, _ data: AnyValueMap) async throws -> Item? {
        let updated = try await engine.run(context, "update") { [self] in try updatePartially(id, data, $0) }
        guard let updated else { return nil }
        engine.logger.trace(context, "Updated partially item \(id)")
        return try engine.item(updated, context)
    }

    /// Deletes the item with an id and returns it. Nil if it is missing.
    @discardableResult
    public func deleteById(_ context: Context, _ id: String) async throws -> Item? {
        guard let deleted = try await engine.run(context, "delete", { try $0.delete(id) }) else { return nil }
        engine.logger.trace(context, "Deleted item \(id)")
        return try engine.item(deleted, context)
    }

    /// Deletes the items with the given ids. Missing ones are ignored.
    public func deleteByIds(_ context: Context, _ ids: [String]) async throws {
        guard !ids.isEmpty else { return }
        let count = try await engine.run(context, "delete") { try $0.deleteAll(MongoDBOperations.query(ids)) }
        engine.logger.trace(context, "Deleted \(count) items")
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

    /// Makes several changes and stores messages with them in one transaction.
    /// - Returns: the stored item of each change; nil for a deletion, and for an update of a missing item.
    /// - Throws: Unsupported `NO_TRANSACTIONS` for more than one change or message on a standalone server, which has no
    ///   transactions; nothing is changed then. Also the errors of the individual changes.
    @discardableResult
    public func apply(
        _ context: Context, _ changes: [PersistenceChange<Item>], messages: [OutboxMessage] = []
    ) async throws -> [Item?] {
        let changes = changes.map { $0.map(identified) }
        let waiting = try engine.outboxWrites(messages)
        guard changes.count + waiting.count > 0 else { return [] }
        return try await engine.run(context, "apply") { [self] operations in
            guard changes.count + waiting.count > 1 else {
                if let message = waiting.first { try operations.outbox.insert(message) }
                return try changes.map { try apply($0, operations) }
            }
            return try operations.transaction {
                let stored = try changes.map { try apply($0, operations) }
                for message in waiting { try operations.outbox.insert(message) }
                return stored
            }
        }
    }

    // MARK: - Outbox

    /// Returns the oldest unsent messages, at most `count`. They are stored in the collection `<collection>_outbox`.
    public func getUnsent(_ context: Context, _ count: Int) async throws -> [OutboxMessage] {
        try await engine.unsent(context, count)
    }

    /// Deletes messages that were sent.
    public func markSent(_ context: Context, _ ids: [String]) async throws {
        try await engine.markSent(context, ids)
    }

    // MARK: - Internal

    private func identified(_ item: Item) -> Item {
        guard item.id.isEmpty else { return item }
        var item = item
        item.id = IdGenerator.nextLong(engine.random)
        return item
    }

    private func change(
        _ context: Context, _ operation: String, _ change: PersistenceChange<Item>
    ) async throws -> Item? {
        let stored = try await engine.run(context, operation) { [self] in try apply(change, $0) }
        if let stored { engine.logger.trace(context, "Stored item \(stored.id)") }
        return stored
    }

    private func apply(_ change: PersistenceChange<Item>, _ operations: MongoDBOperations) throws -> Item? {
        let context = operations.session.context
        switch change {
        case .create(let item):
            let item = ItemVersions.first(item)
            try operations.insert(try engine.write(item, id: item.id, context))
            return item
        case .set(let item): return try replace(item, operations, orInsert: true)
        case .update(let item): return try replace(item, operations, orInsert: false)
        case .delete(let id):
            _ = try operations.delete(id)
            return nil
        }
    }

    /// - Parameter orInsert: true for `set`, which ignores versions; false for an update.
    private func replace(_ item: Item, _ operations: MongoDBOperations, orInsert: Bool) throws -> Item? {
        let context = operations.session.context
        let isVersioned = item is any Versioned
        var result = ItemVersions.first(item)
        let isStored = try operations.replace(item.id, isWhole: isVersioned, orInsert: orInsert) { stored in
            let replacement = try replacement(item, stored, isChecked: !orInsert, context)
            result = replacement.item
            return replacement.replacement
        }
        return isStored ? result : nil
    }

    private func setAll(_ items: [Item], _ operations: MongoDBOperations) throws -> [Item] {
        var results = items
        var left = Array(items.indices)
        while !left.isEmpty {
            // A repeated id is set again, after the others.
            var seen: Set<ScalarText> = []
            let round = left.filter { seen.insert(ScalarText(items[$0].id)).inserted }
            let isVersioned = items.first is any Versioned
            try operations.replaceAll(round.map { items[$0].id }, isWhole: isVersioned) { index, stored in
                let new = try replacement(
                    items[round[index]], stored, isChecked: false, operations.session.context)
                results[round[index]] = new.item
                return new.replacement
            }
            let done = Set(round)
            left.removeAll { done.contains($0) }
        }
        return results
    }

    /// The replacement of a stored document, and the resulting item.
    private func replacement(
        _ item: Item, _ stored: BSONDocument?, isChecked: Bool, _ context: Context
    ) throws -> (item: Item, replacement: MongoDBOperations.Replacement) {
        guard let stored else {
            let first = ItemVersions.first(item)
            return (first, .init(write: try engine.write(first, id: first.id, context)))
        }
        guard item is any Versioned else { return (item, .init(write: try engine.write(item, id: item.id, context))) }
        let next = try ItemVersions.next(item, after: try engine.item(stored, context), context, isChecked: isChecked)
        return (
            next,
            .init(
                write: try engine.write(next, id: next.id, context), condition: try version(of: stored, next, context))
        )
    }

    /// The condition that a document's version is unchanged.
    private func version(
        of stored: BSONDocument, _ item: Item, _ context: Context
    ) throws -> [BSONValue.Pair] {
        guard let name = try nameOfVersion(item, context) else { return [] }
        return [.init(name, try stored.raw(name) ?? .value(.null))]
    }

    /// The name of the version field: the field that differs between two items that differ only in version.
    private func nameOfVersion(_ item: Item, _ context: Context) throws -> String? {
        if let name = versionName.current { return name }
        guard var versioned = item as? any Versioned else { return nil }
        versioned.version += "'"
        guard let other = versioned as? Item else { return nil }
        let (fields, others) = (
            try engine.document(item, context).rawFields(), try engine.document(other, context).rawFields()
        )
        let name = zip(fields, others).first { $0 != $1 }?.0.name
        versionName.withLock { $0 = name }
        return name
    }

    private func updatePartially(
        _ id: String, _ data: AnyValueMap, _ operations: MongoDBOperations
    ) throws -> BSONDocument? {
        let context = operations.session.context
        while true {
            guard let stored = try operations.first([MongoDBFields.id: .string(id)]) else { return nil }
            var fields = try engine.values(stored, context)
            fields.append(data)
            var changed = try AnyValue.map(fields).decode(Item.self)
            guard changed.id.isSame(as: id) else {
                throw ApplicationError.badRequest(
                    code: changed.id.isEmpty ? "NO_ID" : "BAD_ID",
                    "The id of item '\(id.shortened)' can't be changed in MongoDB: expected the same 'id', or no 'id'",
                    traceId: context.traceId, details: ["id": .string(id)])
            }
            var condition: [BSONValue.Pair] = []
            if changed is any Versioned {
                changed = try ItemVersions.next(changed, after: try engine.item(stored, context), context)
                condition = try version(of: stored, changed, context)
            }
            // Unknown fields are kept; known fields are written in the type's own form.
            let names = Set(
                (data.keys + condition.map(\.name)).filter { !$0.isSame(as: "id") }.map { ScalarText($0) })
            let written = try engine.document(changed, context).rawFields().filter {
                names.contains(ScalarText($0.name))
            }
            let kept = Set(written.map { ScalarText($0.name) })
            let before =
                (try? engine.item(stored, context)).flatMap { try? engine.document($0, context).rawFields() } ?? []
            let unset = before.map(\.name).filter { name in
                names.contains(ScalarText(name)) && !kept.contains(ScalarText(name))
            }
            let updated = try operations.update(
                id, set: try BSONDocument(.document(written)), unset: unset,
                where: condition.isEmpty ? [:] : .document(condition))
            if let updated { return updated }
            try operations.session.checkIsAwaited()
        }
    }
}

extension MongoDBOperations {
    /// The collection of the outbox messages.
    fileprivate var outbox: MongoDBOperations {
        MongoDBOperations(session: session, collection: collection + "_outbox", pool: pool)
    }
}
