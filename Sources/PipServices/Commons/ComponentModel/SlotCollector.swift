/// Records the slots that are created while a component is created, so that one that reflection cannot reach is an
/// error and is never silently ignored.
final class SlotCollector: Sendable {
    @TaskLocal static var current: SlotCollector?

    private struct Trace {
        weak var slot: (any Slot)?
    }

    private let slots = Locked<[any Slot]>([])

    /// To be called at the end of every slot's initializer.
    static func register(_ slot: any Slot) { current?.slots.withLock { $0.append(slot) } }

    /// Releases the slots, and returns those that are not among `reached` and are still alive: a slot that was used and
    /// thrown away is no mistake.
    func release(reached: Set<ObjectIdentifier>) -> [any Slot] {
        let traces = slots.withLock { slots in
            let traces = slots.filter { !reached.contains(ObjectIdentifier($0)) }.map { Trace(slot: $0) }
            slots = []
            return traces
        }
        return traces.compactMap(\.slot)
    }
}
