/// Creates components by locator (the toolkit's `IFactory`). A factory may itself be a component.
public protocol ComponentFactory: Sendable {
    /// Returns the registered locator that matches; nil if this factory can't create the component.
    func canCreate(_ locator: Locator) -> Locator?
    /// Creates a component.
    /// - Throws: Internal `CANNOT_CREATE` if no locator matches, or the error of the constructor.
    func create(_ locator: Locator) throws -> any Component
    /// The locators of all components that the factory can create, for messages.
    var locators: [Locator] { get }
}
