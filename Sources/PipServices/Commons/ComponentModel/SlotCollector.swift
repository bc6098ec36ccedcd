/// Notes the slots that come to life while a component is created: they are known without asking what each property
/// is, and one that can't be reached later is an error and not silence.
final class SlotCollector: Sendable {
    @TaskLocal static var current: SlotCollector?

    /// What a component is made of, where it says so itself.
    struct Parts: Sendable {
        let component: any Component
        let slots: [any Slot]
        let children: [any Component]
    }

    private struct Trace {
        weak var slot: (any Slot)?
    }

    private struct State {
        var slots: [any Slot] = []
        var parts: [ObjectIdentifier: Parts] = [:]
    }

    private let state = Locked(State())

    /// To be called at the end of every slot's initializer.
    static func register(_ slot: any Slot) {
        current?.state.withLock { $0.slots.append(slot) }
    }

    /// To be called at the end of the initializer of a component that has more to do with speed than with looks: it
    /// spares the reflection on its type, a third of what starting a small service takes. What is left out here is
    /// told as a hidden slot.
    static func declare(_ component: any Component, slots: [any Slot] = [], children: [any Component] = []) {
        guard let current else { return }
        let parts = Parts(component: component, slots: slots, children: children)
        current.state.withLock { $0.parts[ObjectIdentifier(component)] = parts }
    }

    /// True when nothing was created.
    var isEmpty: Bool { state.withLock { $0.slots.isEmpty && $0.parts.isEmpty } }

    /// The slots that were created.
    var slots: [any Slot] { state.withLock { $0.slots } }

    /// Lets go of the slots, and gives those which are not among `reached` and still held by somebody: a slot that was
    /// used and thrown away is no mistake.
    func release(reached: Set<ObjectIdentifier>) -> [any Slot] {
        let traces = state.withLock { state in
            let traces = state.slots.filter { !reached.contains(ObjectIdentifier($0)) }.map { Trace(slot: $0) }
            state.slots = []
            return traces
        }
        return traces.compactMap(\.slot)
    }

    /// What components have said of themselves.
    var parts: [ObjectIdentifier: Parts] { state.withLock { $0.parts } }
}
