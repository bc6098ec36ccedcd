/// Collects items and saves them in batches: the engine of cached loggers and tracers.
///
/// Items are saved every `options.interval`, when there are `options.max_cache_size` of them, and when the buffer
/// closes. The buffer is bounded: while saving fails, it keeps the newest `options.max_cache_size` items; while the
/// sink is only slow, ten times as many. Dropped items are counted, and the count is reported before the first items of
/// the next successful save. Saves run one at a time. A failed one is retried after the interval. Items that a save
/// itself logs or traces are ignored.
///
/// Use it as a child component. The container closes it after its owner. An owner that closes its own connection calls
/// ``flush()`` first.
public final class CachedBuffer<Item: Sendable>: Component, Openable {
    private let interval = Setting(
        "options.interval", default: Duration.milliseconds(10_000), in: Duration.zero..., reloadable: true,
        "How long items are buffered before they are saved, in ms; 0 for no buffering")
    private let maxCacheSize = Setting(
        "options.max_cache_size", default: 100, in: 0..., reloadable: true,
        "The number of buffered items at which they are saved, and the maximum number kept while saving fails; 0 to "
            + "save each item separately")
    private let saveTimeout = Setting(
        "options.save_timeout", default: Duration.milliseconds(30_000), in: Duration.zero..., reloadable: true,
        "The timeout of saving, in ms; 0 for no limit")
    private let clock = ClockSlot()
    private let save: @Sendable ([Item]) async throws -> Void
    private let note: @Sendable (Int) -> Item
    private let report: @Sendable (any Error) -> Void

    private struct State: Sendable {
        var queue = BoundedQueue<Item>()
        var dropped = 0
        var isFailing = false
        var save: Task<Bool, Never>?
        var timer: Task<Void, Never>?
    }

    private let state = Locked(State())

    /// Creates the engine.
    ///
    /// - Parameters:
    ///   - save: saves items, oldest first. If it throws, the items are saved again. A sink that saved some of them
    ///     receives these twice, unless ``UnsavedItems`` lists the others. It is cancelled after
    ///     `options.save_timeout`.
    ///   - note: creates the item that reports the number of dropped items.
    ///   - report: receives the first error when saving starts to fail. It must not write to the failing sink.
    public init(
        save: @escaping @Sendable ([Item]) async throws -> Void, note: @escaping @Sendable (Int) -> Item,
        report: @escaping @Sendable (any Error) -> Void
    ) {
        self.save = save
        self.note = note
        self.report = report
    }

    /// Adds an item. Never waits and never fails.
    public func add(_ item: Item) {
        guard !CachedSink.isSaving else { return }
        let size = max(1, maxCacheSize())
        let (isFull, dropped) = state.withLock { state in
            let dropped = state.queue.append(item, limit: limit(state, size))
            state.dropped &+= dropped.count
            let isFull = state.queue.count >= size && !state.isFailing && state.save == nil && state.timer != nil
            return (isFull, dropped)
        }
        // Dropped items are released here, outside the lock.
        withExtendedLifetime(dropped) {}
        if isFull { _ = saveInBackground() }
    }

    /// The number of buffered items.
    public var count: Int { state.withLock { $0.queue.count } }

    /// The number of dropped items that are not reported yet.
    public var droppedCount: Int { state.withLock { $0.dropped } }

    /// Saves the buffered items and waits for the result. Returns if saving fails; the items are then kept, within the
    /// limit. Cancellation ends only this wait, because others may wait for the same save.
    public func flush() async {
        // The second pass saves items that arrived during a running save.
        for _ in 0..<2 {
            guard let save = saveInBackground(), await sharedValue(of: save) == true else { return }
        }
    }

    /// Discards the buffered items and the count of dropped items.
    public func clear() {
        state.displace { state in
            state.dropped = 0
            return state.queue.takeAll()
        }
    }

    /// True while items are saved periodically.
    public var isOpen: Bool { state.withLock { $0.timer != nil } }

    /// Starts saving periodically. Before that, items are only collected.
    public func open(_ context: Context) async throws {
        state.withLock { state in
            guard state.timer == nil else { return }
            // Detached, because saving belongs to no operation. The timer does not retain the buffer.
            state.timer = Task.detached { [weak self, clock] in
                while let interval = self?.interval(), !Task.isCancelled {
                    try? await clock.sleep(for: max(.milliseconds(1), interval))
                    guard !Task.isCancelled else { return }
                    _ = await self?.saveInBackground()?.value
                }
            }
        }
    }

    /// Stops saving periodically and saves a last time, even if the task is cancelled. Waits at most three times
    /// `options.save_timeout` for a sink that ignores cancellation.
    public func close(_ context: Context) async throws {
        let timer = state.withLock { state in
            defer { state.timer = nil }
            return state.timer
        }
        timer?.cancel()
        guard let limit = saveLimit else { return await Task { await flush() }.value }
        // Time for a running save, another save, and their cancellation.
        try await cleanUp(context, within: limit * 3, clock: clock) { _ in await self.flush() }
    }

    // MARK: - Internal

    /// True while a save runs.
    var isSaving: Bool { state.withLock { $0.save != nil } }

    /// The time limit of a save; nil for no limit.
    private var saveLimit: Duration? { saveTimeout() > .zero ? min(saveTimeout(), .seconds(3600)) : nil }

    private func limit(_ state: State, _ size: Int) -> Int {
        state.isFailing ? size : size.multipliedReportingOverflow(by: 10).overflow ? .max : size * 10
    }

    /// Starts a save unless one is running. Returns the running save, or nil if there is nothing to save.
    private func saveInBackground() -> Task<Bool, Never>? {
        state.withLock { state in
            if let save = state.save { return save }
            guard !state.queue.isEmpty || state.dropped > 0 else { return nil }
            let (items, dropped) = (state.queue.takeAll(), state.dropped)
            let save = Task.detached { await self.save(items, dropped: dropped) }
            state.save = save
            return save
        }
    }

    private func save(_ items: [Item], dropped: Int) async -> Bool {
        let all = (dropped > 0 ? [note(dropped)] : []) + items
        let failure = await attempt(all)
        let size = max(1, maxCacheSize())
        let unsaved = failure as? UnsavedItems<Item>
        // If nothing was saved, the report is recreated later, because as an item it would be displaced first.
        let partial = unsaved.flatMap { $0.items.count < all.count ? $0.items : nil }
        let (isNew, surplus) = state.withLock { state in
            state.save = nil
            let wasFailing = state.isFailing
            state.isFailing = failure != nil
            let surplus = failure == nil ? [] : state.queue.putBack(partial ?? items, limit: size)
            // The report of dropped items was saved, or is among the items that were put back.
            if failure == nil || partial != nil { state.dropped = max(0, state.dropped &- dropped) }
            state.dropped &+= surplus.count
            return (!wasFailing, surplus)
        }
        // Dropped items are released here, outside the lock.
        withExtendedLifetime(surplus) {}
        if let failure, isNew { CachedSink.$isSaving.withValue(true) { report(unsaved?.cause ?? failure) } }
        return failure == nil
    }

    private func attempt(_ items: [Item]) async -> (any Error)? {
        let (save, clock, limit) = (save, clock, saveLimit)
        let attempt = Task { try await CachedSink.$isSaving.withValue(true) { try await save(items) } }
        let timer = limit.map { limit in
            Task {
                try await clock.sleep(for: limit)
                attempt.cancel()
            }
        }
        defer { timer?.cancel() }
        if case .failure(let error) = await attempt.result { return error }
        return nil
    }
}
