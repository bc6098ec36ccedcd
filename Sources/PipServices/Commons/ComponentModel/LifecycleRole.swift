/// How a component opens and closes: for the container alone.
public struct LifecycleRole: Sendable {
    // Told at compile time rather than asked for by casts, for the reason that ``SlotRole`` gives.
    var closable: (any Closable)?
    var openable: (any Openable)?
    var edge: (any Edge)?

    init(closable: (any Closable)? = nil, openable: (any Openable)? = nil, edge: (any Edge)? = nil) {
        self.closable = closable
        self.openable = openable
        self.edge = edge
    }
}
