/// Stores items without ids in memory, in insertion order (the toolkit's `MemoryPersistence`).
///
/// Use it as the child component of a persistence. It is the part of ``IdentifiableMemoryPersistence`` that needs no
/// ids.
public final class MemoryPersistence<Item: Codable & Sendable>: InMemoryReader, Outbox, Openable, Cleanable {
    private let maxPageSize = Setting("options.max_page_size", default: 100, in: 1..., "The most items that a page has")
    private let random = RandomSlot()
    private let logger = CompositeLogger()
    private let storageSlot: ConnectorSlot<any ItemStorage>?
    private let engine: ItemEngine<Item>

    /// Creates an empty store.
    /// - Parameters:
    ///   - indexes: fields that are often used in filters or sorts.
    ///   - storage: stores the items durably; nil for memory only.
    public init(indexes: [ItemIndex<Item>] = [], storage: (any ItemStorage)? = nil) {
        storageSlot = storage.map { ConnectorSlot($0) }
        engine = ItemEngine(indexes, storage)
    }

    /// Loads the items from the storage.
    /// - Throws: errors of the storage; FileError `READ_FAILED` for an item that can't be decoded.
    public func open(_ context: Context) async throws { try await engine.open(context) { _ in nil } }

    /// Waits until all changes are stored, and closes the storage. The items stay in memory.
    /// - Throws: errors of the storage.
    public func close(_ context: Context) async throws { try await engine.close(context) }

    /// The queries on the present items.
    public var reader: ItemReader<Item> { ItemReader(engine, maxPageSize: maxPageSize(), random, logger) }

    /// Adds an item.
    /// - Throws: errors of the storage.
    @discardableResult
    public func create(_ context: Context, _ item: Item) async throws -> Item {
        try await createMany(context, [item])
        return item
    }

    /// Adds all items and their outbox messages, or nothing.
    /// - Throws: errors of the storage.
    public func createMany(
        _ context: Context, _ items: [Item], messages: [OutboxMessage] = []
    ) async throws {
        try await engine.change(context) { edit in
            for item in items { try edit.append(item) }
            for message in messages { edit.enqueue(message) }
        }
        logger.trace(context, "Created \(items.count) items")
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

    /// Returns the oldest messages that are not marked as sent, at most `count`.
    public func getUnsent(_ context: Context, _ count: Int) -> [OutboxMessage] { engine.unsent(count) }

    /// Removes messages that were sent.
    /// - Throws: errors of the storage.
    public func markSent(_ context: Context, _ ids: [String]) async throws { try await engine.markSent(context, ids) }
}
