/// The connector of a component that is passed on creation. If it is a component too, it is configured from the same
/// section, and opened and closed with its owner.
final class ConnectorSlot<Connector: Sendable>: ChildSlot {
    let connector: Connector
    let child: (any Component)?
    /// Nil: the connector shares its owner's section.
    var scope: String? { nil }

    init(_ connector: Connector) {
        self.connector = connector
        child = connector as? any Component
        SlotCollector.register(self)
    }

    var role: SlotRole { SlotRole(child: self) }
}
