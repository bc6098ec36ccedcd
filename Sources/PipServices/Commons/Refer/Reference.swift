/// A component and the locator it is registered under (the toolkit's `Reference`).
public struct Reference: Sendable {
    /// What the component is looked up by.
    public let locator: Locator
    /// The component.
    public let component: any Sendable
    /// The component's identity; nil when it is no object.
    let identity: ObjectIdentifier?

    /// Creates a reference.
    public init(_ locator: Locator, _ component: any Sendable) {
        self.locator = locator
        self.component = component
        identity = ObjectIdentity.of(component)
    }

    /// True when the locator means this component. A text that is registered as a component is found by itself too.
    public func match(_ locator: Locator) -> Bool {
        if self.locator.match(locator) { return true }
        guard identity == nil, case .name(let name) = locator else { return false }
        return (component as? String)?.isSame(as: name) == true
    }
}
