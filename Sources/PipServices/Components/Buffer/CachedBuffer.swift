/// Collects items and saves them many at a time: the engine of cached loggers and tracers.
///
/// What is there is saved every `options.interval`, as soon as there are `options.max_cache_size` items, and when the
/// buffer closes. It stays bounded whatever the sink does: while saving fails, the newest `options.max_cache_size` items
/// are kept; while the sink is only slow, ten times as many. What had to be dropped is counted, and told in front of the
/// first items that the sink takes again. One save runs at a time; a failed one is tried again after the interval, not
/// before. What a save itself logs or traces is not taken.
///
/// A component holds it as a child; the container opens and closes it, closing it after the component. A component that
/// closes its connection by itself calls ``flush()`` first.
public final class CachedBuffer<Item: Sendable>: Component, Openable {
    private let interval = Setting(
        "options.interval", default: Duration.milliseconds(10_000), in: Duration.zero..., reloadable: true,
        "How long items are collected before they are saved, in ms; 0 for not at all")
    private let maxCacheSize = Setting(
        "options.max_cache_size", default: 100, in: 0..., reloadable: true,
        "How many items are saved at once at the latest, and kept while saving fails; 0 for each by itself")
    private let saveTimeout = Setting(
        "options.save_timeout", default: Duration.milliseconds(30_000), in: Duration.zero..., reloadable: true,
        "After how long a save is cancelled, in ms; 0 for no limit")
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
    ///   - save: saves items, the oldest first. Those of a save that throws are saved again: a sink that took some of
    ///     them gets these twice, unless ``UnsavedItems`` names the others. It is cancelled after `options.save_timeout`.
    ///   - note: makes an item that tells how many were dropped.
    ///   - report: is told the error when saving starts to fail, once until it succeeds again. It must not write to the
    ///     sink that fails.
    public init(
        save: @escaping @Sendable ([Item]) async throws -> Void, note: @escaping @Sendable (Int) -> Item,
        report: @escaping @Sendable (any Error) -> Void
    ) {
        self.save = save
        self.note = note
        self.report = report
    }

    /// Takes an item. Never waits and never fails.
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

    /// How many items wait.
    public var count: Int { state.withLock { $0.queue.count } }

    /// How many items were dropped and not told yet.
    public var droppedCount: Int { state.withLock { $0.dropped } }

    /// Saves what is there now, and waits for it. Ends when saving fails: the items are kept, within the bound.
    /// Cancelling it ends only this wait: others may wait for the same save.
    public func flush() async {
        // The second time for what came while a save was running.
        for _ in 0..<2 {
            guard let save = saveInBackground(), await sharedValue(of: save) == true else { return }
        }
    }

    /// Forgets what is there, and what was dropped.
    public func clear() {
        state.displace { state in
            state.dropped = 0
            return state.queue.takeAll()
        }
    }

    /// True while items are saved by the clock.
    public var isOpen: Bool { state.withLock { $0.timer != nil } }

    /// Starts to save by the clock. Until then items are only collected.
    public func open(_ context: Context) async throws {
        state.withLock { state in
            guard state.timer == nil else { return }
            // Detached: saving belongs to no operation. The buffer is not kept by its timer.
            state.timer = Task.detached { [weak self, clock] in
                while let interval = self?.interval(), !Task.isCancelled {
                    try? await clock.sleep(for: max(.milliseconds(1), interval))
                    guard !Task.isCancelled else { return }
                    _ = await self?.saveInBackground()?.value
                }
            }
        }
    }

    /// Stops to save by the clock, and saves a last time, also when the task is cancelled. Waits at most three times
    /// `options.save_timeout`, for a sink that does not react to its cancellation.
    public func close(_ context: Context) async throws {
        let timer = state.withLock { state in
            defer { state.timer = nil }
            return state.timer
        }
        timer?.cancel()
        guard let limit = saveLimit else { return await Task { await flush() }.value }
        // A save that is running, another one, and the time to end them.
        try await cleanUp(context, within: limit * 3, clock: clock) { _ in await self.flush() }
    }

    // MARK: - Internal

    /// True while a save runs.
    var isSaving: Bool { state.withLock { $0.save != nil } }

    /// How long a save may take; nil for no limit.
    private var saveLimit: Duration? { saveTimeout() > .zero ? min(saveTimeout(), .seconds(3600)) : nil }

    private func limit(_ state: State, _ size: Int) -> Int {
        state.isFailing ? size : size.multipliedReportingOverflow(by: 10).overflow ? .max : size * 10
    }

    /// Starts a save where none is running. Gives the one that runs; nil when there is nothing to save.
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
        let failure = await attempt((dropped > 0 ? [note(dropped)] : []) + items)
        let size = max(1, maxCacheSize())
        let partial = failure as? UnsavedItems<Item>
        let (isNew, surplus) = state.withLock { state in
            state.save = nil
            let wasFailing = state.isFailing
            state.isFailing = failure != nil
            let surplus = failure == nil ? [] : state.queue.putBack(partial?.items ?? items, limit: size)
            // The note about what was dropped is saved, or among the items that were put back.
            if failure == nil || partial != nil { state.dropped = max(0, state.dropped &- dropped) }
            state.dropped &+= surplus.count
            return (!wasFailing, surplus)
        }
        // Dropped items are released here, outside the lock.
        withExtendedLifetime(surplus) {}
        if let failure, isNew { CachedSink.$isSaving.withValue(true) { report(partial?.cause ?? failure) } }
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
