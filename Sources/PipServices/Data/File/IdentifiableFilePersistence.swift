/// Keeps items by id in memory and in a file (the toolkit's `IdentifiableFilePersistence`).
///
/// An engine that a persistence holds as a child: an ``IdentifiableMemoryPersistence`` on a ``JournaledFileStorage``.
/// ```swift
/// final class BeaconsFilePersistence: Component {
///     let items = IdentifiableFilePersistence<Beacon>()
/// }
/// ```
/// ```yaml
/// - descriptor: beacons:persistence:file:default:1.0
///   path: ./data/beacons.json
/// ```
/// A change returns, and is seen, when it is on the disk; those that come while others are written are written together.
/// Reading is as in memory. The file is a JSON array that the other editions read and write. Safe to use from any task.
public final class IdentifiableFilePersistence<Item: StringIdentifiable & Codable>: PersistenceEngine,
    Cleanable
{
    private let items: IdentifiableMemoryPersistence<Item>

    /// Creates a store.
    /// - Parameters:
    ///   - path: the file; nil: as the setting `path` says, which wins where both are given.
    ///   - indexes: fields by which items are often looked for or sorted.
    public init(path: String? = nil, indexes: [ItemIndex<Item>] = []) {
        items = IdentifiableMemoryPersistence(indexes: indexes, storage: JournaledFileStorage(path: path))
    }

    /// Reads the file. Nothing happens when that was done.
    /// - Throws: what ``JournaledFileStorage`` throws; FileError `READ_FAILED` for an item that does not fit the type.
    public func open(_ context: Context) async throws { try await items.open(context) }

    /// Waits until everything is stored, and makes the file hold it all.
    /// - Throws: FileError `WRITE_FAILED`: what is not in the file is still in its journal.
    public func close(_ context: Context) async throws { try await items.close(context) }

    /// A page of the items that a filter holds for, see ``IdentifiablePersistence``.
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

    /// The item with an id, or nil.
    public func getOneById(_ context: Context, _ id: String) -> Item? { items.getOneById(context, id) }

    /// The items with the ids, in the order of the ids; missing ones are left out.
    public func getListByIds(_ context: Context, _ ids: [String]) -> [Item] { items.getListByIds(context, ids) }

    /// Adds an item. An empty id is replaced by a new one.
    /// - Throws: Conflict `ALREADY_EXISTS` when there is an item with that id; FileError `WRITE_FAILED`.
    @discardableResult
    public func create(_ context: Context, _ item: Item) async throws -> Item { try await items.create(context, item) }

    /// Adds items, all or none. Empty ids are replaced by new ones.
    /// - Throws: Conflict `ALREADY_EXISTS` when an id is there already, or comes twice; FileError `WRITE_FAILED`.
    @discardableResult
    public func createMany(_ context: Context, _ items: [Item]) async throws -> [Item] {
        try await self.items.createMany(context, items)
    }

    /// Adds an item unless a filter holds for one that is there.
    /// - Throws: Conflict `ALREADY_EXISTS` when the filter holds for none and there is one with that id; FileError
    ///   `WRITE_FAILED`.
    @discardableResult
    public func createOnce(_ context: Context, _ item: Item, unless existing: Filter<Item>) async throws -> Item {
        try await items.createOnce(context, item, unless: existing)
    }

    /// Adds an item unless there is one with its id.
    /// - Throws: FileError `WRITE_FAILED`.
    @discardableResult
    public func createOnce(_ context: Context, _ item: Item) async throws -> Item {
        try await items.createOnce(context, item)
    }

    /// Adds an item, or replaces the one with its id whatever its version. An empty id is replaced by a new one.
    /// - Throws: FileError `WRITE_FAILED`.
    @discardableResult
    public func set(_ context: Context, _ item: Item) async throws -> Item { try await items.set(context, item) }

    /// Adds items or replaces those with their ids, all or none.
    /// - Throws: FileError `WRITE_FAILED`.
    @discardableResult
    public func setMany(_ context: Context, _ items: [Item]) async throws -> [Item] {
        try await self.items.setMany(context, items)
    }

    /// Replaces the item with the same id. Nil when there is none.
    /// - Throws: Conflict `VERSION_CONFLICT` when a ``Versioned`` item was changed meanwhile; FileError `WRITE_FAILED`.
    @discardableResult
    public func update(_ context: Context, _ item: Item) async throws -> Item? {
        try await items.update(context, item)
    }

    /// Replaces top-level fields of the item with an id. Nil when there is none. Another `id` moves the item.
    /// - Throws: what ``IdentifiableMemoryPersistence/updatePartially(_:_:_:)`` throws; FileError `WRITE_FAILED`.
    @discardableResult
    public func updatePartially(_ context: Context, _ id: String, _ data: AnyValueMap) async throws -> Item? {
        try await items.updatePartially(context, id, data)
    }

    /// Removes the item with an id, and gives it back. Nil when there is none.
    /// - Throws: FileError `WRITE_FAILED`.
    @discardableResult
    public func deleteById(_ context: Context, _ id: String) async throws -> Item? {
        try await items.deleteById(context, id)
    }

    /// Removes the items with the ids. Missing ones are ignored.
    /// - Throws: FileError `WRITE_FAILED`.
    public func deleteByIds(_ context: Context, _ ids: [String]) async throws {
        try await items.deleteByIds(context, ids)
    }

    /// Removes the items that a filter holds for, and tells how many there were.
    /// - Throws: FileError `WRITE_FAILED`.
    @discardableResult
    public func deleteByFilter(_ context: Context, _ filter: Filter<Item>) async throws -> Int {
        try await items.deleteByFilter(context, filter)
    }

    /// Removes all items, and no messages.
    /// - Throws: FileError `WRITE_FAILED`.
    public func clear(_ context: Context) async throws { try await items.clear(context) }

    /// Carries out several changes and stores messages with them, all or none (a transactional outbox).
    /// - Returns: the items as they are stored, for each change; nil for a deletion, and for an update without an item.
    /// - Throws: what the changes throw on their own.
    @discardableResult
    public func apply(
        _ context: Context, _ changes: [PersistenceChange<Item>], messages: [OutboxMessage] = []
    ) async throws -> [Item?] { try await items.apply(context, changes, messages: messages) }

    /// Carries out several changes and stores messages with them, which depend on what came of the changes.
    /// - Parameter messages: called with the result, after the changes were found to be possible and before they are stored.
    /// - Returns: the items as they are stored, for each change; nil for a deletion, and for an update without an item.
    /// - Throws: what the changes throw on their own, and what `messages` throws; nothing is changed then.
    @discardableResult
    public func apply(
        _ context: Context, _ changes: [PersistenceChange<Item>],
        messages: @escaping @Sendable ([Item?]) throws -> [OutboxMessage]
    ) async throws -> [Item?] { try await items.apply(context, changes, messages: messages) }

    /// The oldest messages that were not said to be sent, at most `count`.
    public func getUnsent(_ context: Context, _ count: Int) -> [OutboxMessage] { items.getUnsent(context, count) }

    /// Forgets messages that were sent.
    /// - Throws: FileError `WRITE_FAILED`.
    public func markSent(_ context: Context, _ ids: [String]) async throws { try await items.markSent(context, ids) }
}
