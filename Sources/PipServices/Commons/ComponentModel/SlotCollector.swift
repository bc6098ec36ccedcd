/// Records the slots that are created with a component. A slot that reflection can't reach becomes an error instead of
/// being ignored.
final class SlotCollector: Sendable {
    @TaskLocal static var current: SlotCollector?

    private struct Trace {
        weak var slot: (any Slot)?
    }

    private let slots = Locked<[any Slot]>([])

    /// Registers a slot. Every slot calls it at the end of its initializer.
    static func register(_ slot: any Slot) { current?.slots.withLock { $0.append(slot) } }

    /// Returns the slot that an object is, if it was registered.
    func slot(_ object: AnyObject) -> (any Slot)? { slots.withLock { slots in slots.first { $0 === object } } }

    /// Releases the slots and returns those that are still alive but not in `reached`. A slot that was created and
    /// discarded is not an error.
    func release(reached: Set<ObjectIdentifier>) -> [any Slot] {
        let traces = slots.withLock { slots in
            let traces = slots.filter { !reached.contains(ObjectIdentifier($0)) }.map { Trace(slot: $0) }
            slots = []
            return traces
        }
        return traces.compactMap(\.slot)
    }
}
