/// Stores items without ids in memory and in a file (the toolkit's `FilePersistence`).
///
/// Use it as the child component of a persistence. It combines a ``MemoryPersistence`` with a ``JournaledFileStorage``,
/// including their settings. For items with ids, use ``IdentifiableFilePersistence``.
///
/// A change returns and becomes visible when it is on disk. Concurrent changes are written together. Reads are served
/// from memory. The file is a JSON array that the other editions read and write. Safe to use from any task.
public final class FilePersistence<Item: Codable & Sendable>: InMemoryReader, Outbox, Openable, Cleanable {
    private let items: MemoryPersistence<Item>

    /// Creates a store.
    /// - Parameters:
    ///   - path: the default path of the file; the setting `path` overrides it.
    ///   - indexes: fields that are often used in filters or sorts.
    public init(path: String? = nil, indexes: [ItemIndex<Item>] = []) {
        items = MemoryPersistence(indexes: indexes, storage: JournaledFileStorage(path: path))
    }

    /// Reads the file, unless it is already open.
    /// - Throws: errors of ``JournaledFileStorage``; FileError `READ_FAILED` for an item that can't be decoded.
    public func open(_ context: Context) async throws { try await items.open(context) }

    /// Waits until all changes are stored, and writes them all to the data file.
    /// - Throws: FileError `WRITE_FAILED`; changes that are not in the data file are then still in its journal.
    public func close(_ context: Context) async throws { try await items.close(context) }

    /// The queries on the present items.
    public var reader: ItemReader<Item> { items.reader }

    /// Adds an item.
    /// - Throws: FileError `WRITE_FAILED`.
    @discardableResult
    public func create(_ context: Context, _ item: Item) async throws -> Item { try await items.create(context, item) }

    /// Adds all items and their outbox messages, or nothing.
    /// - Throws: FileError `WRITE_FAILED`.
    public func createMany(
        _ context: Context, _ items: [Item], messages: [OutboxMessage] = []
    ) async throws { try await self.items.createMany(context, items, messages: messages) }

    /// Deletes the items that match a filter and returns their number.
    /// - Throws: FileError `WRITE_FAILED`.
    @discardableResult
    public func deleteByFilter(_ context: Context, _ filter: Filter<Item>) async throws -> Int {
        try await items.deleteByFilter(context, filter)
    }

    /// Deletes all items, but no messages.
    /// - Throws: FileError `WRITE_FAILED`.
    public func clear(_ context: Context) async throws { try await items.clear(context) }

    /// Returns the oldest messages that are not marked as sent, at most `count`.
    public func getUnsent(_ context: Context, _ count: Int) -> [OutboxMessage] { items.getUnsent(context, count) }

    /// Removes messages that were sent.
    /// - Throws: FileError `WRITE_FAILED`.
    public func markSent(_ context: Context, _ ids: [String]) async throws { try await items.markSent(context, ids) }
}
