/// Keeps items in memory, by id, in the order in which they came (the toolkit's `IdentifiableMemoryPersistence`).
///
/// An engine: a persistence holds it as a child and offers what its model needs.
/// ```swift
/// final class BeaconsMemoryPersistence: Component {
///     let items = IdentifiableMemoryPersistence<Beacon>(indexes: [.hash(Beacon.udi), .ordered(Beacon.siteId)])
/// }
/// ```
/// Safe to use from any task. A read sees one state, does not wait while a change is computed, and may be called without
/// `await`. Finding, changing and deleting an item by id takes O(log n), and so does a page by an indexed field. Items are
/// returned as copies. With a storage, the engine is loaded from it when it is
/// opened, and a change is seen once it is stored.
public final class IdentifiableMemoryPersistence<Item: StringIdentifiable & Codable>: PersistenceEngine,
    Cleanable
{
    private let maxPageSize = Setting("options.max_page_size", default: 100, in: 1..., "The most items that a page has")
    private let random = RandomSlot()
    private let logger = CompositeLogger()
    private let storageSlot: ConnectorSlot<any ItemStorage>?
    let engine: ItemEngine<Item>

    /// Creates an empty store.
    /// - Parameters:
    ///   - indexes: fields by which items are often looked for or sorted. Each costs memory, and time with every change.
    ///   - storage: what keeps the items beyond the life of the process; nil for nothing.
    public init(indexes: [ItemIndex<Item>] = [], storage: (any ItemStorage)? = nil) {
        storageSlot = storage.map { ConnectorSlot($0) }
        engine = ItemEngine(indexes, storage)
    }

    /// Loads what the storage keeps.
    /// - Throws: what the storage throws; FileError `READ_FAILED` for an item that does not fit the type.
    public func open(_ context: Context) async throws {
        try await engine.open(context) { $0.id }
    }

    /// Waits until everything is stored, and closes the storage. What is in memory stays.
    /// - Throws: what the storage throws.
    public func close(_ context: Context) async throws { try await engine.close(context) }

    /// A page of the items that a filter holds for, see ``IdentifiablePersistence``.
    public func getPage(
        _ context: Context, where filter: Filter<Item> = .all, paging: PagingParams = PagingParams(),
        sortedBy order: Sort<Item> = .stored
    ) -> DataPage<Item> {
        let page = reader.page(filter, paging, order)
        logger.trace(context, "Retrieved \(page.data.count) items")
        return page
    }

    /// A page of some fields of the items that a filter holds for; no fields mean all.
    /// - Throws: BadRequest `CANNOT_ENCODE` for an item that has no form in JSON.
    public func getPage(
        _ context: Context, where filter: Filter<Item> = .all, paging: PagingParams = PagingParams(),
        sortedBy order: Sort<Item> = .stored, fields: ProjectionParams
    ) throws(ApplicationError) -> DataPage<AnyValueMap> {
        let page = getPage(context, where: filter, paging: paging, sortedBy: order)
        return DataPage(try Projection.of(page.data, fields), total: page.total)
    }

    /// The page behind the one that a token came with. Tokens end with the process.
    /// - Throws: BadRequest `BAD_TOKEN` for a token of another filter, order or run of the service.
    public func getPage(
        _ context: Context, where filter: Filter<Item> = .all, paging: TokenizedPagingParams,
        sortedBy order: Sort<Item> = .stored
    ) throws(ApplicationError) -> TokenizedDataPage<Item> {
        let page = try reader.page(context, filter, paging, order, run: engine.run)
        logger.trace(context, "Retrieved \(page.data.count) items")
        return page
    }

    /// All items that a filter holds for.
    public func getList(
        _ context: Context, where filter: Filter<Item> = .all, sortedBy order: Sort<Item> = .stored
    ) -> [Item] { reader.list(filter, order) }

    /// How many items a filter holds for.
    public func getCount(_ context: Context, where filter: Filter<Item> = .all) -> Int { reader.count(filter) }

    /// The first stored item that a filter holds for, or nil.
    public func getOne(_ context: Context, where filter: Filter<Item>) -> Item? { reader.first(filter) }

    /// Any item that a filter holds for, each as likely as the others; nil when there is none.
    public func getOneRandom(_ context: Context, where filter: Filter<Item> = .all) -> Item? {
        reader.random(filter, random)
    }

    /// The item with an id, or nil.
    public func getOneById(_ context: Context, _ id: String) -> Item? { engine.item(id) }

    /// The items with the ids, in the order of the ids; missing ones are left out.
    public func getListByIds(_ context: Context, _ ids: [String]) -> [Item] {
        let table = engine.table
        return ids.compactMap { table[$0] }
    }

    /// Adds an item. An empty id is replaced by a new one.
    /// - Throws: Conflict `ALREADY_EXISTS` when there is an item with that id; what the storage throws.
    @discardableResult
    public func create(_ context: Context, _ item: Item) async throws -> Item {
        let item = identified(item)
        let created = try await engine.change(context) { try $0.create(context, item) }
        logger.trace(context, "Created item \(created.id)")
        return created
    }

    /// Adds items, all or none. Empty ids are replaced by new ones.
    /// - Throws: Conflict `ALREADY_EXISTS` when an id is there already, or comes twice; what the storage throws.
    @discardableResult
    public func createMany(_ context: Context, _ items: [Item]) async throws -> [Item] {
        let items = items.map(identified)
        let created = try await engine.change(context) { edit in try items.map { try edit.create(context, $0) } }
        logger.trace(context, "Created \(created.count) items")
        return created
    }

    /// Adds an item unless a filter holds for one that is there.
    /// - Throws: Conflict `ALREADY_EXISTS` when the filter holds for none and there is one with that id; what the storage
    ///   throws.
    @discardableResult
    public func createOnce(_ context: Context, _ item: Item, unless existing: Filter<Item>) async throws -> Item {
        let item = identified(item)
        return try await engine.change(context) { edit in
            var query = ItemReader.query(existing)
            query.take = 1
            return try edit.table.find(query).rows.first?.item ?? edit.create(context, item)
        }
    }

    /// Adds an item unless there is one with its id.
    @discardableResult
    public func createOnce(_ context: Context, _ item: Item) async throws -> Item {
        let item = identified(item)
        return try await engine.change(context) { edit in try edit.table[item.id] ?? edit.create(context, item) }
    }

    /// Adds an item, or replaces the one with its id whatever its version. An empty id is replaced by a new one.
    /// - Throws: what the storage throws.
    @discardableResult
    public func set(_ context: Context, _ item: Item) async throws -> Item {
        let item = identified(item)
        let stored = try await engine.change(context) { try $0.set(context, item) }
        logger.trace(context, "Set item \(stored.id)")
        return stored
    }

    /// Adds items or replaces those with their ids, all or none.
    /// - Throws: what the storage throws.
    @discardableResult
    public func setMany(_ context: Context, _ items: [Item]) async throws -> [Item] {
        let items = items.map(identified)
        let stored = try await engine.change(context) { edit in try items.map { try edit.set(context, $0) } }
        logger.trace(context, "Set \(stored.count) items")
        return stored
    }

    /// Replaces the item with the same id. Nil when there is none.
    /// - Throws: Conflict `VERSION_CONFLICT` when a ``Versioned`` item was changed meanwhile; what the storage throws.
    @discardableResult
    public func update(_ context: Context, _ item: Item) async throws -> Item? {
        guard let updated = try await engine.change(context, { try $0.update(context, item) }) else { return nil }
        logger.trace(context, "Updated item \(updated.id)")
        return updated
    }

    /// Replaces top-level fields of the item with an id. Nil when there is none. Another `id` moves the item.
    /// - Throws: BadRequest `INVALID_DATA` when the fields do not fit the item, `NO_ID` for an empty id; Conflict
    ///   `VERSION_CONFLICT` when they name a version and a ``Versioned`` item has another one, `ALREADY_EXISTS` when there
    ///   is an item with the new id; what the storage throws.
    @discardableResult
    public func updatePartially(_ context: Context, _ id: String, _ data: AnyValueMap) async throws -> Item? {
        let updated = try await engine.change(context) { try $0.update(context, id, data) }
        guard let updated else { return nil }
        logger.trace(context, "Updated partially item \(updated.id)")
        return updated
    }

    /// Removes the item with an id, and gives it back. Nil when there is none.
    /// - Throws: what the storage throws.
    @discardableResult
    public func deleteById(_ context: Context, _ id: String) async throws -> Item? {
        guard let item = try await engine.change(context, { $0.remove(id) }) else { return nil }
        logger.trace(context, "Deleted item \(id)")
        return item
    }

    /// Removes the items with the ids. Missing ones are ignored.
    /// - Throws: what the storage throws.
    public func deleteByIds(_ context: Context, _ ids: [String]) async throws {
        let count = try await engine.change(context) { edit in
            ids.reduce(0) { count, id in edit.remove(id) == nil ? count : count + 1 }
        }
        logger.trace(context, "Deleted \(count) items")
    }

    /// Removes the items that a filter holds for, and tells how many there were.
    /// - Throws: what the storage throws.
    @discardableResult
    public func deleteByFilter(_ context: Context, _ filter: Filter<Item>) async throws -> Int {
        let count = try await engine.change(context) { $0.remove(filter) }
        logger.trace(context, "Deleted \(count) items")
        return count
    }

    /// Removes all items, and no messages.
    /// - Throws: what the storage throws.
    public func clear(_ context: Context) async throws { try await engine.change(context) { $0.clear() } }

    /// Carries out several changes and stores messages with them, all or none (a transactional outbox).
    /// - Returns: the items as they are stored, for each change; nil for a deletion, and for an update without an item.
    /// - Throws: what the changes throw on their own.
    @discardableResult
    public func apply(
        _ context: Context, _ changes: [PersistenceChange<Item>], messages: [OutboxMessage] = []
    ) async throws -> [Item?] {
        try await apply(context, changes) { _ in messages }
    }

    /// Carries out several changes and stores messages with them, which depend on what came of the changes.
    /// - Parameter messages: called with the result, after the changes were found to be possible and before they are stored.
    /// - Returns: the items as they are stored, for each change; nil for a deletion, and for an update without an item.
    /// - Throws: what the changes throw on their own, and what `messages` throws; nothing is changed then.
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

    /// The oldest messages that were not said to be sent, at most `count`.
    public func getUnsent(_ context: Context, _ count: Int) -> [OutboxMessage] { engine.unsent(count) }

    /// Forgets messages that were sent.
    /// - Throws: what the storage throws.
    public func markSent(_ context: Context, _ ids: [String]) async throws { try await engine.markSent(context, ids) }

    // MARK: - Internal

    private var reader: ItemReader<Item> { ItemReader(engine, maxPageSize: maxPageSize()) }

    private func identified(_ item: Item) -> Item {
        guard item.id.isEmpty else { return item }
        var item = item
        item.id = IdGenerator.nextLong(random)
        return item
    }
}
