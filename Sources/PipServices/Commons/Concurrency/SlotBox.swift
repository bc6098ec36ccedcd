import Synchronization

/// Holds the current value of a slot. A read is one atomic load and a copy; a write replaces the whole value.
///
/// Why the unretained pointer is safe: a box is reachable only through `pointer`. `set` appends each box to `boxes`
/// before it publishes it, and boxes are never removed. Each box therefore lives as long as this object.
/// `withExtendedLifetime(self)` keeps this object alive during a read; without it, an optimised build may release the
/// last reference right after the load of `pointer`.
///
/// The cost: replaced values are kept until the slot is destroyed. There are few, because slots change at start and
/// reconfiguration, not per request. Components that depend on each other in a cycle keep each other alive after their
/// container is closed.
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

    /// Sets a component unless it is the current one.
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
    /// Empty: a setting may be secret, and a dump of a component shows all its members.
    var customMirror: Mirror { Mirror(self, children: []) }
}
