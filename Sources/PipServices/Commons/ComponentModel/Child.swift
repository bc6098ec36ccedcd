/// A child component with its own section of the configuration.
///
/// ```swift
/// let connection = Child(prefix: "connection") { ConnectionSettings() }
/// ```
/// With `prefix: nil` it shares the parent's section, like a component that is stored without a `Child`. The container
/// opens the child before its parent and closes it after. Read its members through the slot: `connection.port`.
@dynamicMemberLookup
public final class Child<Content: Sendable>: ChildSlot {
    /// The child component.
    public let component: Content
    let scope: String?
    let child: (any Component)?

    /// Creates the child component.
    public init(prefix: String?, _ create: () -> Content) where Content: Component {
        scope = prefix
        component = create()
        child = component
        SlotCollector.register(self)
    }

    /// A member of the child component.
    public subscript<Member>(dynamicMember member: KeyPath<Content, Member>) -> Member { component[keyPath: member] }

    /// Used by the container.
    public var role: SlotRole { SlotRole(child: self) }
}
