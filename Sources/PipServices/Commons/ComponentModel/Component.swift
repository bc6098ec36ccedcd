/// A part of a service that the container creates, configures, links, opens and closes.
///
/// A component is a `final class` or an actor. It declares what it needs as stored `let` slots, such as ``Setting`` and
/// ``Dependency``, and child components; the container finds and fills them. What it takes part in beyond that it says
/// by further protocols: ``Openable``, ``Closable``, ``Edge``, ``Configurable``, ``Referenceable``, ``Commandable``.
/// It adopts them in the module that declares it.
public protocol Component: AnyObject, Sendable {
    /// Slots that are stored where they can't be found by themselves: in an array, a tuple or another type.
    var slots: [any Slot] { get }
    /// How the component opens and closes. For the container: it follows from the protocols that are adopted.
    var lifecycleRole: LifecycleRole { get }
    /// How the component is wired by hand. For the container: it follows from the protocols that are adopted.
    var configurable: (any Configurable)? { get }
    /// How the component is wired by hand. For the container: it follows from the protocols that are adopted.
    var referenceable: (any Referenceable)? { get }
    /// How the component is wired by hand. For the container: it follows from the protocols that are adopted.
    var unreferenceable: (any Unreferenceable)? { get }
    /// What the component creates. For the container: it follows from the protocols that are adopted.
    var componentFactory: (any ComponentFactory)? { get }
}

extension Component {
    /// None: slots that are stored properties are found by themselves.
    public var slots: [any Slot] { [] }
    /// The component has nothing to open or close.
    public var lifecycleRole: LifecycleRole { LifecycleRole() }
    /// The component does not read its configuration by hand.
    public var configurable: (any Configurable)? { nil }
    /// The component does not look up its references by hand.
    public var referenceable: (any Referenceable)? { nil }
    /// The component does not let go of its references by hand.
    public var unreferenceable: (any Unreferenceable)? { nil }
    /// The component creates no others.
    public var componentFactory: (any ComponentFactory)? { nil }
}

extension Component where Self: Closable {
    /// The component is closed.
    public var lifecycleRole: LifecycleRole { LifecycleRole(closable: self) }
}

extension Component where Self: Openable {
    /// The component is opened and closed.
    public var lifecycleRole: LifecycleRole { LifecycleRole(closable: self, openable: self) }
}

extension Component where Self: Edge {
    /// The component is opened, lets work in, and is closed.
    public var lifecycleRole: LifecycleRole { LifecycleRole(closable: self, openable: self, edge: self) }
}

extension Component where Self: Configurable {
    /// The component itself.
    public var configurable: (any Configurable)? { self }
}

extension Component where Self: Referenceable {
    /// The component itself.
    public var referenceable: (any Referenceable)? { self }
}

extension Component where Self: Unreferenceable {
    /// The component itself.
    public var unreferenceable: (any Unreferenceable)? { self }
}

extension Component where Self: ComponentFactory {
    /// The component itself.
    public var componentFactory: (any ComponentFactory)? { self }
}
