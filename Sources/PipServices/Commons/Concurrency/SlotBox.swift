import Synchronization

/// Holds the current value of a slot: read by one atomic load and a copy, replaced as a whole.
///
/// Why the unretained pointer is safe: a box is only reachable through `pointer`, `set` appends it to `boxes` before it
/// publishes it, and nothing ever removes it from `boxes`. So each box that a reader loads lives as long as `boxes`, and
/// `boxes` as long as this object. This object outlives each read because `withExtendedLifetime(self)` surrounds it: without
/// that, an optimised build may release the last reference to it right after `pointer` was loaded.
///
/// The price: superseded values are kept until the slot is destroyed. Slots change when a service starts or is
/// reconfigured, not per request, so there are few. Components that depend on each other in a circle keep each other
/// alive after their container was closed.
final class SlotBox<Value: Sendable>: Sendable {
    private final class Box: Sendable {
        let value: Value
        init(_ value: Value) { self.value = value }
    }

    private let pointer = Atomic<Unmanaged<Box>?>(nil)
    private let boxes = Locked<[Box]>([])

    init(_ value: Value? = nil) {
        if let value { set(value) }
    }

    /// The current value, or nil if none was set.
    var value: Value? {
        withExtendedLifetime(self) { pointer.load(ordering: .acquiring)?._withUnsafeGuaranteedRef { $0.value } }
    }

    func set(_ value: Value) {
        let box = Box(value)
        boxes.withLock { boxes in
            boxes.append(box)
            pointer.store(Unmanaged.passUnretained(box), ordering: .releasing)
        }
        SlotChanges.add()
    }

    /// Sets a component, unless it is the current one.
    func replace(_ value: Value) {
        if let current = self.value, let identity = ObjectIdentity.of(current),
            identity == ObjectIdentity.of(value)
        {
            return
        }
        set(value)
    }

    func clear() {
        boxes.withLock { _ in pointer.store(nil, ordering: .releasing) }
        SlotChanges.add()
    }
}

extension SlotBox: CustomReflectable {
    /// Nothing: what a setting holds may be secret, and a dump of a component shows all that it holds.
    var customMirror: Mirror { Mirror(self, children: []) }
}
