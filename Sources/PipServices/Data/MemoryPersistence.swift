/// Keeps items without ids in memory, in the order in which they came (the toolkit's `MemoryPersistence`).
///
/// An engine that a persistence holds as a child, see ``IdentifiableMemoryPersistence``, of which this is the part that
/// needs no ids.
public final class MemoryPersistence<Item: Codable & Sendable>: Outbox, Component, Openable,
    Cleanable
{
    private let maxPageSize = Setting("options.max_page_size", default: 100, in: 1..., "The most items that a page has")
    private let random = RandomSlot()
    private let logger = CompositeLogger()
    private let storageSlot: ConnectorSlot<any ItemStorage>?
    private let engine: ItemEngine<Item>

    /// Creates an empty store.
    /// - Parameters:
    ///   - indexes: fields by which items are often looked for or sorted.
    ///   - storage: what keeps the items beyond the life of the process; nil for nothing.
    public init(indexes: [ItemIndex<Item>] = [], storage: (any ItemStorage)? = nil) {
        storageSlot = storage.map { ConnectorSlot($0) }
        engine = ItemEngine(indexes, storage)
    }

    /// Loads what the storage keeps.
    /// - Throws: what the storage throws; FileError `READ_FAILED` for an item that does not fit the type.
    public func open(_ context: Context) async throws { try await engine.open(context) { _ in nil } }

    /// Waits until everything is stored, and closes the storage. What is in memory stays.
    /// - Throws: what the storage throws.
    public func close(_ context: Context) async throws { try await engine.close(context) }

    /// A page of the items that a filter holds for: never more than `options.max_page_size`, with the total when `paging`
    /// asks for it.
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

    /// Adds an item.
    /// - Throws: what the storage throws.
    @discardableResult
    public func create(_ context: Context, _ item: Item) async throws -> Item {
        try await createMany(context, [item])
        return item
    }

    /// Adds items and stores messages with them, all or none.
    /// - Throws: what the storage throws.
    public func createMany(
        _ context: Context, _ items: [Item], messages: [OutboxMessage] = []
    ) async throws {
        try await engine.change(context) { edit in
            for item in items { try edit.append(item) }
            for message in messages { edit.enqueue(message) }
        }
        logger.trace(context, "Created \(items.count) items")
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

    /// The oldest messages that were not said to be sent, at most `count`.
    public func getUnsent(_ context: Context, _ count: Int) -> [OutboxMessage] { engine.unsent(count) }

    /// Forgets messages that were sent.
    /// - Throws: what the storage throws.
    public func markSent(_ context: Context, _ ids: [String]) async throws { try await engine.markSent(context, ids) }

    // MARK: - Internal

    private var reader: ItemReader<Item> { ItemReader(engine, maxPageSize: maxPageSize()) }
}
