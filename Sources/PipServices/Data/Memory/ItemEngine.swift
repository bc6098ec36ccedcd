/// Owns the table, serves reads from it, and applies changes one at a time, using a storage if there is one.
///
/// Without a storage, a change is applied immediately. With one, changes that arrive while others are being stored are
/// batched, applied to a copy, stored together, and only then made visible. Readers never see a change that a crash
/// could undo.
final class ItemEngine<Item: Codable & Sendable>: Sendable {
    typealias Table = ItemTable<Item>

    /// A table during a change, and the changes to store.
    struct Edit: Sendable {
        var table: Table
        fileprivate(set) var changes: [ItemChange] = []
        fileprivate let records: Bool

        /// Stores an item under its id.
        mutating func put(_ id: String, _ item: Item) throws(ApplicationError) {
            if records { changes.append(.put(key: .string(id), item: try AnyValue(encoding: item))) }
            table.put(id, item)
        }

        /// Appends an item without an id.
        mutating func append(_ item: Item) throws(ApplicationError) {
            let value: AnyValue = records ? try AnyValue(encoding: item) : .null
            let position = table.append(item)
            if records { changes.append(.put(key: .integer(Int64(position)), item: value)) }
        }

        @discardableResult
        mutating func remove(_ id: String) -> Item? {
            guard let item = table.remove(id) else { return nil }
            if records { changes.append(.delete(key: .string(id))) }
            return item
        }

        mutating func remove(_ row: Table.Row) {
            table.remove(row)
            if records { changes.append(.delete(key: row.id.map { .string($0) } ?? .integer(Int64(row.position)))) }
        }

        mutating func clear() {
            table.clear()
            if records { changes.append(.clear) }
        }

        mutating func enqueue(_ message: OutboxMessage) {
            if table.enqueue(message), records { changes.append(.enqueue(message)) }
        }

        mutating func dequeue(_ id: String) {
            if table.dequeue(id), records { changes.append(.dequeue(id: id)) }
        }
    }

    private struct Job: Sendable {
        let context: Context
        let run: @Sendable (inout Edit) -> Void
        let finish: @Sendable ((any Error)?) -> Void
    }

    private struct Queue {
        var isOpen = false
        var jobs: [Job] = []
        var isBusy = false
    }

    private let snapshot: Snapshot<RowTable>
    private let storage: (any ItemStorage)?
    private let indexes: [ItemIndex<Item>]
    private let queue = Locked(Queue())
    private let currentRun: Locked<String>

    init(_ indexes: [ItemIndex<Item>], _ storage: (any ItemStorage)?) {
        self.indexes = indexes
        self.storage = storage
        snapshot = Snapshot(Table(indexes).rows)
        currentRun = Locked(Self.makeRun())
    }

    /// Identifies this run in page tokens, because positions are reassigned when items are loaded.
    var run: String { currentRun.current }

    var table: Table { Table(snapshot.current) }

    /// The number of changes that wait to be stored.
    var waitingCount: Int { queue.withLock { $0.jobs.count } }

    /// Returns the item with an id, or nil.
    func item(_ id: String) -> Item? {
        snapshot.read { $0.row(id) }.flatMap(ItemRow<Item>.of)?.item
    }

    /// Applies a change, unless `body` throws.
    func change<Result: Sendable>(
        _ context: Context, _ body: @escaping @Sendable (inout Edit) throws -> Result
    ) async throws -> Result {
        guard let storage else {
            return try snapshot.change { rows in
                var edit = Edit(table: Table(rows), records: false)
                let result = try body(&edit)
                rows = edit.table.rows
                return result
            }
        }
        return try await withCheckedThrowingContinuation { continuation in
            let result = Locked<Swift.Result<Result, any Error>?>(nil)
            let job = Job(context: context) { edit in
                // The changes are not copied, because many jobs in a batch would then take quadratic time.
                let (table, count) = (edit.table, edit.changes.count)
                do {
                    let value = try body(&edit)
                    try storage.check(edit.changes[count...])
                    result.withLock { $0 = .success(value) }
                } catch {
                    edit.table = table
                    edit.changes.removeSubrange(count...)
                    result.withLock { $0 = .failure(error) }
                }
            } finish: { error in
                let failure = error ?? ApplicationError.internal(code: "NOT_RUN", "A change was not applied")
                continuation.resume(with: error == nil ? result.current ?? .failure(failure) : .failure(failure))
            }
            add(job)
        }
    }

    /// Loads the stored items, unless they are already loaded.
    func open(_ context: Context, key: @escaping @Sendable (Item) -> String?) async throws {
        for index in indexes { try index.check(context) }
        guard let storage, !queue.withLock({ $0.isOpen }) else { return }
        let stored = try await storage.load(context) { value, position in
            key(try Self.decode(value, position, storage, context)).map { .string($0) } ?? .integer(Int64(position))
        }
        let table: Table
        do throws(ApplicationError) {
            table = try Self.table(stored, indexes, storage, context)
        } catch {
            try? await storage.close(context)
            throw error
        }
        snapshot.change { $0 = table.rows }
        currentRun.withLock { $0 = Self.makeRun() }
        queue.withLock { $0.isOpen = true }
    }

    /// Waits until all changes are stored, and closes the storage.
    func close(_ context: Context) async throws {
        guard let storage else { return }
        let wasOpen = await withCheckedContinuation { continuation in
            let last = Job(context: context, run: { _ in }, finish: { _ in continuation.resume(returning: true) })
            let isAccepted = enqueue(last) { queue in
                defer { queue.isOpen = false }
                return queue.isOpen
            }
            if !isAccepted { continuation.resume(returning: false) }
        }
        if wasOpen { try await storage.close(context) }
    }

    // MARK: - Internal

    private static func makeRun() -> String { String(IdGenerator.nextLong().prefix(8)) }

    private static func decode(
        _ value: AnyValue, _ position: Int, _ storage: any ItemStorage, _ context: Context
    ) throws(ApplicationError) -> Item {
        do throws(ApplicationError) {
            return try value.decode(Item.self)
        } catch {
            throw .unfitItem(storage.location, position, value, error, traceId: context.traceId)
        }
    }

    private static func table(
        _ stored: StoredItems, _ indexes: [ItemIndex<Item>], _ storage: any ItemStorage, _ context: Context
    ) throws(ApplicationError) -> Table {
        var table = Table(indexes)
        for (position, entry) in stored.items.enumerated() {
            let item = try decode(entry.item, position, storage, context)
            switch entry.key {
            case .string(let id): table.put(id, item)
            case .integer(let position): table.put(Int(clamping: position), item)
            default:
                throw .invalidState(
                    code: "BAD_STORED_KEY", "An item is stored under a key that is neither a string nor an integer",
                    traceId: context.traceId)
            }
        }
        for message in stored.messages { table.enqueue(message) }
        return table
    }

    private func add(_ job: Job) {
        guard !enqueue(job, if: { $0.isOpen }) else { return }
        job.finish(
            ApplicationError.invalidState(
                code: "NOT_OPENED", "The persistence is not open", traceId: job.context.traceId))
    }

    /// Adds a job if `isAccepted` returns true. Both happen under one lock, because a job added after the last one of
    /// ``close(_:)`` would use a closed storage.
    private func enqueue(_ job: Job, if isAccepted: (inout Queue) -> Bool) -> Bool {
        let (isAdded, isFirst) = queue.withLock { queue in
            guard isAccepted(&queue) else { return (false, false) }
            queue.jobs.append(job)
            defer { queue.isBusy = true }
            return (true, !queue.isBusy)
        }
        // Detached, because cancellation, priority and task-local values of one caller must not affect the changes of
        // others. Callers of any priority wait for the work, so its priority is high.
        if isFirst { Task.detached(priority: .high) { await self.work() } }
        return isAdded
    }

    private func work() async {
        while let jobs = takeJobs() {
            var edit = Edit(table: table, records: true)
            for job in jobs { job.run(&edit) }
            do {
                if let storage, let first = jobs.first, !edit.changes.isEmpty {
                    try await storage.append(first.context, edit.changes)
                }
                snapshot.change { [rows = edit.table.rows] in $0 = rows }
                for job in jobs { job.finish(nil) }
            } catch {
                for job in jobs { job.finish(error) }
            }
        }
    }

    private func takeJobs() -> [Job]? {
        queue.withLock { queue in
            if queue.jobs.isEmpty {
                queue.isBusy = false
                return nil
            }
            defer { queue.jobs = [] }
            return queue.jobs
        }
    }
}
