/// A part of a service that the container creates, configures, links, opens and closes.
///
/// A component is a `final class` or an actor. It declares what it needs as stored `let` slots, such as ``Setting`` and
/// ``Dependency``, and child components; the container finds and fills them. Further protocols state what else the
/// container does with it: ``Openable``, ``Closable``, ``Edge``, ``Configurable``, ``Referenceable``, ``Commandable``.
public protocol Component: AnyObject, Sendable {
    /// Slots that are stored where reflection does not find them: in an array, a tuple or another type.
    var slots: [any Slot] { get }
}

extension Component {
    /// None: slots that are stored properties are found automatically.
    public var slots: [any Slot] { [] }
}
