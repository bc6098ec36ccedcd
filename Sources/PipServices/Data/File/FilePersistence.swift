/// Keeps items without ids in memory and in a file (the toolkit's `FilePersistence`).
///
/// An engine that a persistence holds as a child: a ``MemoryPersistence`` on a ``JournaledFileStorage``. Its settings are
/// those of both. See ``IdentifiableFilePersistence`` for items with ids.
///
/// A change returns, and is seen, when it is on the disk; those that come while others are written are written together.
/// Reading is as in memory. The file is a JSON array that the other editions read and write. Safe to use from any task.
public final class FilePersistence<Item: Codable & Sendable>: Outbox, Component, Openable,
    Cleanable
{
    private let items: MemoryPersistence<Item>

    /// Creates a store.
    /// - Parameters:
    ///   - path: the file; nil: as the setting `path` says, which wins where both are given.
    ///   - indexes: fields by which items are often looked for or sorted.
    public init(path: String? = nil, indexes: [ItemIndex<Item>] = []) {
        items = MemoryPersistence(indexes: indexes, storage: JournaledFileStorage(path: path))
    }

    /// Reads the file. Nothing happens when that was done.
    /// - Throws: what ``JournaledFileStorage`` throws; FileError `READ_FAILED` for an item that does not fit the type.
    public func open(_ context: Context) async throws { try await items.open(context) }

    /// Waits until everything is stored, and makes the file hold it all.
    /// - Throws: FileError `WRITE_FAILED`: what is not in the file is still in its journal.
    public func close(_ context: Context) async throws { try await items.close(context) }

    /// A page of the items that a filter holds for.
    public func getPage(
        _ context: Context, where filter: Filter<Item> = .all, paging: PagingParams = PagingParams(),
        sortedBy order: Sort<Item> = .stored
    ) -> DataPage<Item> { items.getPage(context, where: filter, paging: paging, sortedBy: order) }

    /// A page of some fields of the items that a filter holds for; no fields mean all.
    /// - Throws: BadRequest `CANNOT_ENCODE` for an item that has no form in JSON.
    public func getPage(
        _ context: Context, where filter: Filter<Item> = .all, paging: PagingParams = PagingParams(),
        sortedBy order: Sort<Item> = .stored, fields: ProjectionParams
    ) throws(ApplicationError) -> DataPage<AnyValueMap> {
        try items.getPage(context, where: filter, paging: paging, sortedBy: order, fields: fields)
    }

    /// The page behind the one that a token came with. Tokens end with the process.
    /// - Throws: BadRequest `BAD_TOKEN` for a token of another filter, order or run of the service.
    public func getPage(
        _ context: Context, where filter: Filter<Item> = .all, paging: TokenizedPagingParams,
        sortedBy order: Sort<Item> = .stored
    ) throws(ApplicationError) -> TokenizedDataPage<Item> {
        try items.getPage(context, where: filter, paging: paging, sortedBy: order)
    }

    /// All items that a filter holds for.
    public func getList(
        _ context: Context, where filter: Filter<Item> = .all, sortedBy order: Sort<Item> = .stored
    ) -> [Item] { items.getList(context, where: filter, sortedBy: order) }

    /// How many items a filter holds for.
    public func getCount(_ context: Context, where filter: Filter<Item> = .all) -> Int {
        items.getCount(context, where: filter)
    }

    /// The first stored item that a filter holds for, or nil.
    public func getOne(_ context: Context, where filter: Filter<Item>) -> Item? { items.getOne(context, where: filter) }

    /// Any item that a filter holds for, each as likely as the others; nil when there is none.
    public func getOneRandom(_ context: Context, where filter: Filter<Item> = .all) -> Item? {
        items.getOneRandom(context, where: filter)
    }

    /// Adds an item.
    /// - Throws: FileError `WRITE_FAILED`.
    @discardableResult
    public func create(_ context: Context, _ item: Item) async throws -> Item { try await items.create(context, item) }

    /// Adds items and stores messages with them, all or none.
    /// - Throws: FileError `WRITE_FAILED`.
    public func createMany(
        _ context: Context, _ items: [Item], messages: [OutboxMessage] = []
    ) async throws { try await self.items.createMany(context, items, messages: messages) }

    /// Removes the items that a filter holds for, and tells how many there were.
    /// - Throws: FileError `WRITE_FAILED`.
    @discardableResult
    public func deleteByFilter(_ context: Context, _ filter: Filter<Item>) async throws -> Int {
        try await items.deleteByFilter(context, filter)
    }

    /// Removes all items, and no messages.
    /// - Throws: FileError `WRITE_FAILED`.
    public func clear(_ context: Context) async throws { try await items.clear(context) }

    /// The oldest messages that were not said to be sent, at most `count`.
    public func getUnsent(_ context: Context, _ count: Int) -> [OutboxMessage] { items.getUnsent(context, count) }

    /// Forgets messages that were sent.
    /// - Throws: FileError `WRITE_FAILED`.
    public func markSent(_ context: Context, _ ids: [String]) async throws { try await items.markSent(context, ids) }
}
