/// Stores items by id in memory and in a file (the toolkit's `IdentifiableFilePersistence`).
///
/// Use it as the child component of a persistence. It combines an ``IdentifiableMemoryPersistence`` with a
/// ``JournaledFileStorage``.
/// ```swift
/// final class BeaconsFilePersistence: Component {
///     let items = IdentifiableFilePersistence<Beacon>()
/// }
/// ```
/// ```yaml
/// - descriptor: beacons:persistence:file:default:1.0
///   path: ./data/beacons.json
/// ```
/// A change returns and becomes visible when it is on disk. Concurrent changes are written together. Reads are served
/// from memory. The file is a JSON array that the other editions read and write. Safe to use from any task.
public final class IdentifiableFilePersistence<Item: StringIdentifiable & Codable>: PersistenceEngine,
    InMemoryReader, Cleanable
{
    private let items: IdentifiableMemoryPersistence<Item>

    /// Creates a store.
    /// - Parameters:
    ///   - path: the default path of the file; the setting `path` overrides it.
    ///   - indexes: fields that are often used in filters or sorts.
    public init(path: String? = nil, indexes: [ItemIndex<Item>] = []) {
        items = IdentifiableMemoryPersistence(indexes: indexes, storage: JournaledFileStorage(path: path))
    }

    /// Reads the file, unless it is already open.
    /// - Throws: errors of ``JournaledFileStorage``; FileError `READ_FAILED` for an item that can't be decoded.
    public func open(_ context: Context) async throws { try await items.open(context) }

    /// Waits until all changes are stored, and writes them all to the data file.
    /// - Throws: FileError `WRITE_FAILED`; changes that are not in the data file are then still in its journal.
    public func close(_ context: Context) async throws { try await items.close(context) }

    /// The queries on the present items.
    public var reader: ItemReader<Item> { items.reader }

    /// Returns the item with an id, or nil.
    public func getOneById(_ context: Context, _ id: String) -> Item? { items.getOneById(context, id) }

    /// Returns the items with the ids, in the order of the ids. Missing ones are omitted.
    public func getListByIds(_ context: Context, _ ids: [String]) -> [Item] { items.getListByIds(context, ids) }

    /// Adds an item. An empty id is replaced by a new one.
    /// - Throws: Conflict `ALREADY_EXISTS` if the id exists; FileError `WRITE_FAILED`.
    @discardableResult
    public func create(_ context: Context, _ item: Item) async throws -> Item { try await items.create(context, item) }

    /// Adds items, all or none. Empty ids are replaced by new ones.
    /// - Throws: Conflict `ALREADY_EXISTS` if an id exists or is repeated; FileError `WRITE_FAILED`.
    @discardableResult
    public func createMany(_ context: Context, _ items: [Item]) async throws -> [Item] {
        try await self.items.createMany(context, items)
    }

    /// Adds an item unless an existing one matches a filter.
    /// - Throws: Conflict `ALREADY_EXISTS` if none matches but the id exists; FileError `WRITE_FAILED`.
    @discardableResult
    public func createOnce(_ context: Context, _ item: Item, unless existing: Filter<Item>) async throws -> Item {
        try await items.createOnce(context, item, unless: existing)
    }

    /// Adds an item unless its id exists.
    /// - Throws: FileError `WRITE_FAILED`.
    @discardableResult
    public func createOnce(_ context: Context, _ item: Item) async throws -> Item {
        try await items.createOnce(context, item)
    }

    /// Adds an item, or replaces the one with its id, ignoring the version. An empty id is replaced by a new one.
    /// - Throws: FileError `WRITE_FAILED`.
    @discardableResult
    public func set(_ context: Context, _ item: Item) async throws -> Item { try await items.set(context, item) }

    /// Adds or replaces items, all or none.
    /// - Throws: FileError `WRITE_FAILED`.
    @discardableResult
    public func setMany(_ context: Context, _ items: [Item]) async throws -> [Item] {
        try await self.items.setMany(context, items)
    }

    /// Replaces the item with the same id. Returns nil if there is none.
    /// - Throws: Conflict `VERSION_CONFLICT` if a ``Versioned`` item has another version; FileError `WRITE_FAILED`.
    @discardableResult
    public func update(_ context: Context, _ item: Item) async throws -> Item? {
        try await items.update(context, item)
    }

    /// Replaces top-level fields of the item with an id. Returns nil if there is none. A different `id` moves the item.
    /// - Throws: as ``IdentifiableMemoryPersistence/updatePartially(_:_:_:)``; FileError `WRITE_FAILED`.
    @discardableResult
    public func updatePartially(_ context: Context, _ id: String, _ data: AnyValueMap) async throws -> Item? {
        try await items.updatePartially(context, id, data)
    }

    /// Deletes and returns the item with an id, or nil.
    /// - Throws: FileError `WRITE_FAILED`.
    @discardableResult
    public func deleteById(_ context: Context, _ id: String) async throws -> Item? {
        try await items.deleteById(context, id)
    }

    /// Deletes the items with the ids. Missing ones are ignored.
    /// - Throws: FileError `WRITE_FAILED`.
    public func deleteByIds(_ context: Context, _ ids: [String]) async throws {
        try await items.deleteByIds(context, ids)
    }

    /// Deletes the items that match a filter and returns their number.
    /// - Throws: FileError `WRITE_FAILED`.
    @discardableResult
    public func deleteByFilter(_ context: Context, _ filter: Filter<Item>) async throws -> Int {
        try await items.deleteByFilter(context, filter)
    }

    /// Deletes all items, but no messages.
    /// - Throws: FileError `WRITE_FAILED`.
    public func clear(_ context: Context) async throws { try await items.clear(context) }

    /// Applies all changes and stores their outbox messages, or does nothing (a transactional outbox).
    /// - Returns: the stored item of each change; nil for a deletion, and for an update of a missing item.
    /// - Throws: the errors of the individual changes.
    @discardableResult
    public func apply(
        _ context: Context, _ changes: [PersistenceChange<Item>], messages: [OutboxMessage] = []
    ) async throws -> [Item?] { try await items.apply(context, changes, messages: messages) }

    /// Applies all changes and stores outbox messages that depend on their results, or does nothing.
    /// - Parameter messages: called with the results, after the changes are validated and before they are stored.
    /// - Returns: the stored item of each change; nil for a deletion, and for an update of a missing item.
    /// - Throws: the errors of the individual changes and of `messages`; then nothing is changed.
    @discardableResult
    public func apply(
        _ context: Context, _ changes: [PersistenceChange<Item>],
        messages: @escaping @Sendable ([Item?]) throws -> [OutboxMessage]
    ) async throws -> [Item?] { try await items.apply(context, changes, messages: messages) }

    /// Returns the oldest messages that are not marked as sent, at most `count`.
    public func getUnsent(_ context: Context, _ count: Int) -> [OutboxMessage] { items.getUnsent(context, count) }

    /// Removes messages that were sent.
    /// - Throws: FileError `WRITE_FAILED`.
    public func markSent(_ context: Context, _ ids: [String]) async throws { try await items.markSent(context, ids) }
}
