/// What a component's dependency is: its name, where it is looked up by default, and whether it must be there.
public struct DependencyDeclaration: Sendable, Hashable {
    /// The name under `dependencies` in the component's section.
    public var name: String
    /// Other names that are read there when the first is not given.
    public var aliases: [String] = []
    /// The locators that are tried in turn.
    public var locators: [Locator]
    /// True when the service can't start without it.
    public var isRequired: Bool
    /// The type that the component must have, for people.
    public var type: String
    /// True when it is all components that match, and not one of them.
    public var isMany = false

    // MARK: - Internal

    /// The keys that redirect the dependency.
    var keys: [String] { Self.keys([name] + aliases) }

    static func keys(_ names: [String]) -> [String] { names.map { "dependencies.\($0)" } }
}
