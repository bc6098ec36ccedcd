/// Creates components by locator (the toolkit's `IFactory`). A factory may itself be a component.
public protocol ComponentFactory: Sendable {
    /// The registered locator that matches; nil when this factory can't create the component.
    func canCreate(_ locator: Locator) -> Locator?
    /// Creates a component.
    /// - Throws: Internal `CANNOT_CREATE` when no locator matches, or what the constructor throws.
    func create(_ locator: Locator) throws -> any Component
    /// All locators that can be created, for messages.
    var locators: [Locator] { get }
}
