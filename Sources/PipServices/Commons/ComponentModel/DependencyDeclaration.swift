/// The declaration of a dependency: its name, its default locators, and whether it is required.
public struct DependencyDeclaration: Sendable, Hashable {
    /// The name under `dependencies` in the component's section.
    public var name: String
    /// Other names under `dependencies`, used if the first is not set.
    public var aliases: [String] = []
    /// The locators, tried in order.
    public var locators: [Locator]
    /// True when the service can't start without it.
    public var isRequired: Bool
    /// The required type, for messages.
    public var type: String
    /// True if all matching components are used instead of one.
    public var isMany = false

    // MARK: - Internal

    /// The configuration keys that redirect the dependency.
    var keys: [String] { Self.keys([name] + aliases) }

    static func keys(_ names: [String]) -> [String] { names.map { "dependencies.\($0)" } }
}
