import Synchronization

/// Counters by name: those that are known for a while are found without a lock.
///
/// New names come into a locked table first. From there they move into a snapshot that is read by one atomic load; since
/// a superseded snapshot can't be freed while somebody may read it, one is only made when it is an eighth larger, and a
/// few times for names that are in use but come one by one. So memory stays in proportion to the number of names.
final class CounterTable: Sendable {
    private struct Young {
        var cells: [String: CounterCell] = [:]
        var misses = 0
        var extraSnapshots = 0
    }

    /// Beyond it, new names are not counted: names that come from callers must not take all memory.
    static let nameLimit = 100_000

    private let snapshot = SlotBox<[String: CounterCell]>([:])
    private let young = Locked(Young())
    private let nextOrder = Atomic<Int>(0)

    /// Takes a measurement.
    func update(_ name: String, _ update: CounterUpdate) {
        if case .increment(let value) = update,
            snapshot.withValue({ $0[name]?.increment(by: value) ?? false }) ?? false
        {
            return
        }
        guard let cell = snapshot.value?[name] ?? newCell(name) else { return }
        if case .increment(let value) = update, cell.increment(by: value) { return }
        cell.update(update) { nextOrder.wrappingAdd(1, ordering: .relaxed).newValue }
    }

    /// What was measured, in the order in which counters were first used.
    var counters: [Counter] { cells.compactMap(\.current).sorted { $0.order < $1.order }.map(\.counter) }

    /// What was measured under a name.
    subscript(name: String) -> Counter? {
        (snapshot.value?[name] ?? young.withLock { $0.cells[name] })?.current?.counter
    }

    /// Forgets what was measured under a name.
    func clear(_ name: String) { (snapshot.value?[name] ?? young.withLock { $0.cells[name] })?.clear() }

    /// Forgets what was measured. The names keep their places in memory.
    func clearAll() {
        for cell in cells { cell.clear() }
    }

    // MARK: - Internal

    private var cells: [CounterCell] {
        young.withLock { Array((snapshot.value ?? [:]).values) + Array($0.cells.values) }
    }

    private func newCell(_ name: String) -> CounterCell? {
        young.withLock { young in
            let known = snapshot.value ?? [:]
            // It may have moved just now.
            if let cell = known[name] { return cell }
            let cell: CounterCell
            if let present = young.cells[name] {
                cell = present
                young.misses += 1
            } else {
                guard known.count + young.cells.count < Self.nameLimit else { return nil }
                cell = CounterCell(name)
                young.cells[name] = cell
            }
            let isLarger = young.cells.count * 8 >= known.count
            let isInUse = young.misses >= 1_000 && young.extraSnapshots < 32
            guard isLarger || isInUse else { return cell }
            if !isLarger { young.extraSnapshots += 1 }
            young.misses = 0
            snapshot.set(known.merging(young.cells) { $1 })
            young.cells = [:]
            return cell
        }
    }
}
