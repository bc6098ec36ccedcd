/// A component and the locator it is registered under (the toolkit's `Reference`).
public struct Reference: Sendable {
    /// What the component is looked up by.
    public let locator: Locator
    /// The component.
    public let component: any Sendable

    /// Creates a reference.
    public init(_ locator: Locator, _ component: any Sendable) {
        self.locator = locator
        self.component = component
    }

    /// True when the locator means this component.
    public func match(_ locator: Locator) -> Bool { self.locator.match(locator) }
}
