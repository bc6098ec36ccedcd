/// A part of a service that the container creates, configures, links, opens and closes.
///
/// A component is a `final class` or an actor. It declares its needs as stored `let` properties: slots, such as
/// ``Setting`` and ``Dependency``, and child components. The container finds and fills them. Further protocols add
/// steps to its lifecycle: ``Openable``, ``Closable``, ``Edge``, ``Configurable``, ``Referenceable``, ``Commandable``.
public protocol Component: AnyObject, Sendable {
    /// Slots that reflection does not find because they are stored in an array, a tuple or another type.
    var slots: [any Slot] { get }
}

extension Component {
    /// Empty. Slots in stored properties are found automatically.
    public var slots: [any Slot] { [] }
}
