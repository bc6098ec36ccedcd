import Synchronization

/// Counters by name. Safe to use from any thread.
final class CounterTable: Sendable {
    /// Further names are not counted, because names from callers must not exhaust the memory.
    static let nameLimit = 100_000

    private let cells = Locked<[ScalarText: CounterCell]>([:])
    private let nextOrder = Atomic<Int>(0)

    /// Records a measurement.
    func update(_ name: String, _ update: CounterUpdate) {
        guard let cell = cell(name) else { return }
        if case .increment(let value) = update, cell.increment(by: value) { return }
        cell.update(update) { nextOrder.wrappingAdd(1, ordering: .relaxed).newValue }
    }

    /// All counters, in the order of their first use.
    var counters: [Counter] { allCells.compactMap(\.current).sorted { $0.order < $1.order }.map(\.counter) }

    /// The counter with a name; nil if nothing was measured.
    subscript(name: String) -> Counter? { cells.withLock { $0[ScalarText(name)] }?.current?.counter }

    /// Resets the counter with a name.
    func clear(_ name: String) { cells.withLock { $0[ScalarText(name)] }?.clear() }

    /// Resets all counters. The memory of their names is kept.
    func clearAll() {
        for cell in allCells { cell.clear() }
    }

    // MARK: - Internal

    private var allCells: [CounterCell] { cells.withLock { Array($0.values) } }

    private func cell(_ name: String) -> CounterCell? {
        cells.withLock { cells in
            if let cell = cells[ScalarText(name)] { return cell }
            guard cells.count < Self.nameLimit else { return nil }
            let cell = CounterCell(name)
            cells[ScalarText(name)] = cell
            return cell
        }
    }
}
