/// A part of a service that the container creates, configures, links, opens and closes.
///
/// A component is a `final class` or an actor. It declares its needs as stored `let` properties: slots, such as
/// ``Setting`` and ``Dependency``, and child components. The container finds and fills them. Further protocols add
/// steps to its lifecycle: ``Openable``, ``Closable``, ``Edge``, ``Configurable``, ``Referenceable``, ``Commandable``.
/// Such a conformance may be declared in any module of the process.
///
/// | Slot | Value | Read | Read too early |
/// |---|---|---|---|
/// | ``Setting`` | a value of the configuration, with a default | `timeout()` | the default |
/// | ``RequiredSetting`` | a required value | `try path()` | throws `NOT_CONFIGURED` |
/// | ``OpenSection`` | a section whose keys are free | `properties()` | an empty section |
/// | ``Dependency`` | another component | `try persistence()` | throws `NOT_LINKED` |
/// | ``OptionalDependency`` | another component, if it exists | `cache()` | nil |
/// | ``Dependencies`` | all components that match | `sinks()` | none |
/// | ``Child`` | a child component | `connection.port()` | as the child's slots |
/// | ``Shared`` | another component, or a private one | `try endpoint()` | throws `NOT_LINKED` |
/// | ``ClockSlot``, ``RandomSlot`` | time and random numbers | `clock.now`, `random.next()` | the system's |
///
/// A slot is read too early before the container has filled it. Opening and all later calls come after that.
public protocol Component: AnyObject, Sendable {
    /// Slots that reflection does not find because they are stored in an array, a tuple or another type.
    var slots: [any Slot] { get }
}

extension Component {
    /// Empty. Slots in stored properties are found automatically.
    public var slots: [any Slot] { [] }
}
