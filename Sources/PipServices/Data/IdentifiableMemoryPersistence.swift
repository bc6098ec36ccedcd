/// Stores items by id in memory, in insertion order (the toolkit's `IdentifiableMemoryPersistence`).
///
/// Use it as the child component of a persistence that provides the operations of its model.
/// ```swift
/// final class BeaconsMemoryPersistence: Component {
///     let items = IdentifiableMemoryPersistence<Beacon>(indexes: [.hash(Beacon.udi), .ordered(Beacon.siteId)])
/// }
/// ```
/// Safe to use from any task. A read sees a consistent state, does not wait while a change is computed, and needs no
/// `await`. Access by id takes O(log n), and so does a page by an indexed field. Items are returned as copies. With a
/// storage, items are loaded on open, and a change becomes visible when it is stored.
public final class IdentifiableMemoryPersistence<Item: StringIdentifiable & Codable>: PersistenceEngine,
    InMemoryReader, Cleanable
{
    private let maxPageSize = Setting("options.max_page_size", default: 100, in: 1..., "The most items that a page has")
    private let random = RandomSlot()
    private let logger = CompositeLogger()
    private let storageSlot: ConnectorSlot<any ItemStorage>?
    let engine: ItemEngine<Item>

    /// Creates an empty store.
    /// - Parameters:
    ///   - indexes: fields that are often used in filters or sorts. Each index costs memory, and time for every change.
    ///   - storage: stores the items durably; nil for memory only.
    public init(indexes: [ItemIndex<Item>] = [], storage: (any ItemStorage)? = nil) {
        storageSlot = storage.map { ConnectorSlot($0) }
        engine = ItemEngine(indexes, storage)
    }

    /// Loads the items from the storage.
    /// - Throws: errors of the storage; FileError `READ_FAILED` for an item that can't be decoded.
    public func open(_ context: Context) async throws {
        try await engine.open(context) { $0.id }
    }

    /// Waits until all changes are stored, and closes the storage. The items stay in memory.
    /// - Throws: errors of the storage.
    public func close(_ context: Context) async throws { try await engine.close(context) }

    /// The queries on the present items.
    public var reader: ItemReader<Item> { ItemReader(engine, maxPageSize: maxPageSize(), random, logger) }

    /// Returns the item with an id, or nil.
    public func getOneById(_ context: Context, _ id: String) -> Item? { engine.item(id) }

    /// Returns the items with the ids, in the order of the ids. Missing ones are omitted.
    public func getListByIds(_ context: Context, _ ids: [String]) -> [Item] {
        let table = engine.table
        return ids.compactMap { table[$0] }
    }

    /// Adds an item. An empty id is replaced by a new one.
    /// - Throws: Conflict `ALREADY_EXISTS` if the id exists; errors of the storage.
    @discardableResult
    public func create(_ context: Context, _ item: Item) async throws -> Item {
        let item = identified(item)
        let created = try await engine.change(context) { try $0.create(context, item) }
        logger.trace(context, "Created item \(created.id)")
        return created
    }

    /// Adds items, all or none. Empty ids are replaced by new ones.
    /// - Throws: Conflict `ALREADY_EXISTS` if an id exists or is repeated; errors of the storage.
    @discardableResult
    public func createMany(_ context: Context, _ items: [Item]) async throws -> [Item] {
        let items = items.map(identified)
        let created = try await engine.change(context) { edit in try items.map { try edit.create(context, $0) } }
        logger.trace(context, "Created \(created.count) items")
        return created
    }

    /// Adds an item unless an existing one matches a filter.
    /// - Throws: Conflict `ALREADY_EXISTS` if none matches but the id exists; errors of the storage.
    @discardableResult
    public func createOnce(_ context: Context, _ item: Item, unless existing: Filter<Item>) async throws -> Item {
        let item = identified(item)
        return try await engine.change(context) { edit in
            var query = ItemReader.query(existing)
            query.take = 1
            return try edit.table.find(query).rows.first?.item ?? edit.create(context, item)
        }
    }

    /// Adds an item unless its id exists.
    @discardableResult
    public func createOnce(_ context: Context, _ item: Item) async throws -> Item {
        let item = identified(item)
        return try await engine.change(context) { edit in try edit.table[item.id] ?? edit.create(context, item) }
    }

    /// Adds an item, or replaces the one with its id, ignoring the version. An empty id is replaced by a new one.
    /// - Throws: errors of the storage.
    @discardableResult
    public func set(_ context: Context, _ item: Item) async throws -> Item {
        let item = identified(item)
        let stored = try await engine.change(context) { try $0.set(context, item) }
        logger.trace(context, "Set item \(stored.id)")
        return stored
    }

    /// Adds or replaces items, all or none.
    /// - Throws: errors of the storage.
    @discardableResult
    public func setMany(_ context: Context, _ items: [Item]) async throws -> [Item] {
        let items = items.map(identified)
        let stored = try await engine.change(context) { edit in try items.map { try edit.set(context, $0) } }
        logger.trace(context, "Set \(stored.count) items")
        return stored
    }

    /// Replaces the item with the same id. Returns nil if there is none.
    /// - Throws: Conflict `VERSION_CONFLICT` if a ``Versioned`` item has another version; errors of the storage.
    @discardableResult
    public func update(_ context: Context, _ item: Item) async throws -> Item? {
        guard let updated = try await engine.change(context, { try $0.update(context, item) }) else { return nil }
        logger.trace(context, "Updated item \(updated.id)")
        return updated
    }

    /// Replaces top-level fields of the item with an id. Returns nil if there is none. A different `id` moves the item.
    /// - Throws: BadRequest `INVALID_DATA` if the changed item can't be decoded, `NO_ID` for an empty id; Conflict
    ///   `VERSION_CONFLICT` if the fields contain a version and a ``Versioned`` item has another one, `ALREADY_EXISTS`
    ///   if the new id exists; errors of the storage.
    @discardableResult
    public func updatePartially(_ context: Context, _ id: String, _ data: AnyValueMap) async throws -> Item? {
        let updated = try await engine.change(context) { try $0.update(context, id, data) }
        guard let updated else { return nil }
        logger.trace(context, "Updated partially item \(updated.id)")
        return updated
    }

    /// Deletes and returns the item with an id, or nil.
    /// - Throws: errors of the storage.
    @discardableResult
    public func deleteById(_ context: Context, _ id: String) async throws -> Item? {
        guard let item = try await engine.change(context, { $0.remove(id) }) else { return nil }
        logger.trace(context, "Deleted item \(id)")
        return item
    }

    /// Deletes the items with the ids. Missing ones are ignored.
    /// - Throws: errors of the storage.
    public func deleteByIds(_ context: Context, _ ids: [String]) async throws {
        let count = try await engine.change(context) { edit in
            ids.reduce(0) { count, id in edit.remove(id) == nil ? count : count + 1 }
        }
        logger.trace(context, "Deleted \(count) items")
    }

    /// Deletes the items that match a filter and returns their number.
    /// - Throws: errors of the storage.
    @discardableResult
    public func deleteByFilter(_ context: Context, _ filter: Filter<Item>) async throws -> Int {
        let count = try await engine.change(context) { $0.remove(filter) }
        logger.trace(context, "Deleted \(count) items")
        return count
    }

    /// Deletes all items, but no messages.
    /// - Throws: errors of the storage.
    public func clear(_ context: Context) async throws { try await engine.change(context) { $0.clear() } }

    /// Applies all changes and stores their outbox messages, or does nothing (a transactional outbox).
    /// - Returns: the stored item of each change; nil for a deletion, and for an update of a missing item.
    /// - Throws: the errors of the individual changes.
    @discardableResult
    public func apply(
        _ context: Context, _ changes: [PersistenceChange<Item>], messages: [OutboxMessage] = []
    ) async throws -> [Item?] {
        try await apply(context, changes) { _ in messages }
    }

    /// Applies all changes and stores outbox messages that depend on their results, or does nothing.
    /// - Parameter messages: called with the results, after the changes are validated and before they are stored.
    /// - Returns: the stored item of each change; nil for a deletion, and for an update of a missing item.
    /// - Throws: the errors of the individual changes and of `messages`; then nothing is changed.
    @discardableResult
    public func apply(
        _ context: Context, _ changes: [PersistenceChange<Item>],
        messages: @escaping @Sendable ([Item?]) throws -> [OutboxMessage]
    ) async throws -> [Item?] {
        let changes = changes.map { $0.map(identified) }
        return try await engine.change(context) { edit in
            let results = try changes.map { try edit.apply(context, $0) }
            for message in try messages(results) { edit.enqueue(message) }
            return results
        }
    }

    /// Returns the oldest messages that are not marked as sent, at most `count`.
    public func getUnsent(_ context: Context, _ count: Int) -> [OutboxMessage] { engine.unsent(count) }

    /// Removes messages that were sent.
    /// - Throws: errors of the storage.
    public func markSent(_ context: Context, _ ids: [String]) async throws { try await engine.markSent(context, ids) }

    // MARK: - Internal

    private func identified(_ item: Item) -> Item {
        guard item.id.isEmpty else { return item }
        var item = item
        item.id = IdGenerator.nextLong(random)
        return item
    }
}
