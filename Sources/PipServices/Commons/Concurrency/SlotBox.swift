import Synchronization

/// Holds the present value of a slot: read by one atomic load, replaced as a whole.
///
/// A reader may still copy from the box it loaded while a writer swaps in the next one, so superseded boxes are kept
/// until the slot dies. Slots change when a service starts or is reconfigured, not per request: the list stays short.
/// The price: components that depend on each other in a circle keep each other after their container was closed.
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

    /// The present value, or nil while nothing was set.
    var value: Value? {
        // Safe without a retain: `boxes` keeps every box alive for as long as this object lives.
        pointer.load(ordering: .acquiring)?._withUnsafeGuaranteedRef { $0.value }
    }

    /// Reads the present value where it is, without copying it: threads that all count references get in each other's way.
    func withValue<Result>(_ body: (Value) -> Result) -> Result? {
        pointer.load(ordering: .acquiring)?._withUnsafeGuaranteedRef { body($0.value) }
    }

    func set(_ value: Value) {
        let box = Box(value)
        boxes.withLock { boxes in
            boxes.append(box)
            pointer.store(Unmanaged.passUnretained(box), ordering: .releasing)
        }
    }

    /// Sets a component, unless it is the present one.
    func replace(_ value: Value) {
        if let present = self.value, let identity = ObjectIdentity.of(present),
            identity == ObjectIdentity.of(value)
        {
            return
        }
        set(value)
    }

    func clear() {
        boxes.withLock { _ in pointer.store(nil, ordering: .releasing) }
    }
}

extension SlotBox: CustomReflectable {
    /// Nothing: what a setting holds may be secret, and a dump of a component shows all that it holds.
    var customMirror: Mirror { Mirror(self, children: []) }
}
