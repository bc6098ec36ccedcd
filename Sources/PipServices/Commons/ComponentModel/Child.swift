/// A component inside another one, in a section of the configuration of its own.
///
/// ```swift
/// let connection = Child(prefix: "connection") { ConnectionSettings() }
/// ```
/// With `prefix: nil` it shares the parent's section, as a component does that is stored without a `Child`. The
/// container opens it before its parent and closes it after. Its members are read through the slot: `connection.port`.
@dynamicMemberLookup
public final class Child<Content: Sendable>: ChildSlot {
    /// The component.
    public let component: Content
    let scope: String?
    let child: (any Component)?

    /// Creates the component.
    public init(prefix: String?, _ create: () -> Content) where Content: Component {
        scope = prefix
        component = create()
        child = component
        SlotCollector.register(self)
    }

    /// A member of the component.
    public subscript<Member>(dynamicMember member: KeyPath<Content, Member>) -> Member { component[keyPath: member] }

    /// For the container.
    public var role: SlotRole { SlotRole(child: self) }
}
