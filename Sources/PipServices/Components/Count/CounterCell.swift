import Synchronization

/// One counter that many threads update.
final class CounterCell: Sendable {
    private struct State {
        var counter: Counter?
        var order = 0
    }

    private let name: String
    // Increments are the most frequent measurements and use no lock.
    private let increments = Atomic<Int>(0)
    private let isIncrement = Atomic<Bool>(false)
    private let state = Locked(State())

    init(_ name: String) { self.name = name }

    /// Increments without a lock. Returns false if the counter is new or has another type.
    func increment(by value: Int) -> Bool {
        guard isIncrement.load(ordering: .acquiring) else { return false }
        // Sequentially consistent: see `CachedCounters.update`.
        increments.wrappingAdd(value, ordering: .sequentiallyConsistent)
        return true
    }

    /// Records a measurement. `order` returns the position of a new counter.
    func update(_ update: CounterUpdate, order: () -> Int) {
        state.withLock { state in
            if state.counter?.type != update.type {
                if state.counter == nil { state.order = order() }
                state.counter = Counter(name, update.type)
                increments.store(0, ordering: .relaxed)
            }
            if case .increment(let value) = update {
                increments.wrappingAdd(value, ordering: .relaxed)
                isIncrement.store(true, ordering: .releasing)
            } else {
                isIncrement.store(false, ordering: .relaxed)
                state.counter?.update(update)
            }
        }
    }

    /// The counter and its position; nil if nothing was measured.
    var current: (order: Int, counter: Counter)? {
        state.withLock { state in
            guard var counter = state.counter else { return nil }
            if counter.type == .increment { counter.count = increments.load(ordering: .sequentiallyConsistent) }
            return (state.order, counter)
        }
    }

    /// Resets the counter.
    func clear() {
        state.withLock { state in
            isIncrement.store(false, ordering: .relaxed)
            state.counter = nil
        }
    }
}
