/// A component with the locator under which it is registered (the toolkit's `Reference`).
public struct Reference: Sendable {
    /// The locator of the component.
    public let locator: Locator
    /// The component.
    public let component: any Sendable
    /// The component's identity; nil for a value type.
    let identity: ObjectIdentifier?

    /// Creates a reference.
    public init(_ locator: Locator, _ component: any Sendable) {
        self.locator = locator
        self.component = component
        identity = ObjectIdentity.of(component)
    }

    /// Returns true if the locator refers to this component. A string that is registered as a component also matches
    /// its own value.
    public func match(_ locator: Locator) -> Bool {
        if self.locator.match(locator) { return true }
        guard identity == nil, case .name(let name) = locator else { return false }
        return (component as? String)?.isSame(as: name) == true
    }
}
