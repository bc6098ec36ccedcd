import Synchronization

/// One counter, which many threads update.
final class CounterCell: Sendable {
    private struct State {
        var counter: Counter?
        var order = 0
    }

    private let name: String
    // Increments take no lock: they are what services count most.
    private let increments = Atomic<Int>(0)
    private let isIncrement = Atomic<Bool>(false)
    private let state = Locked(State())

    init(_ name: String) { self.name = name }

    /// Counts without a lock. False if the counter is new or has another type.
    func increment(by value: Int) -> Bool {
        guard isIncrement.load(ordering: .acquiring) else { return false }
        // Sequentially consistent: see `CachedCounters.update`.
        increments.wrappingAdd(value, ordering: .sequentiallyConsistent)
        return true
    }

    /// Takes a measurement. `order` gives a counter that is new its place among the others.
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

    /// What was measured, and the counter's place; nil when nothing was.
    var current: (order: Int, counter: Counter)? {
        state.withLock { state in
            guard var counter = state.counter else { return nil }
            if counter.type == .increment { counter.count = increments.load(ordering: .sequentiallyConsistent) }
            return (state.order, counter)
        }
    }

    /// Forgets what was measured.
    func clear() {
        state.withLock { state in
            isIncrement.store(false, ordering: .relaxed)
            state.counter = nil
        }
    }
}
