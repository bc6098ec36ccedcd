/// Reads the stored properties of Swift values by name, by means of `Mirror` (the toolkit's `PropertyReflector`).
///
/// Case does not count; a name in the same case is found first. Names that start with `_` are hidden, as are computed
/// properties, which Swift does not show. An optional stands for the value in it. Swift can't set properties by name:
/// ``RecursiveObjectWriter`` does that by way of `Codable`.
public enum PropertyReflector {
    /// True when there is a stored property of that name.
    public static func hasProperty(_ object: Any, _ name: String) -> Bool { find(object, name) != nil }

    /// The value of a stored property; nil when there is none, or when it is an empty optional.
    public static func getProperty(_ object: Any, _ name: String) -> Any? {
        find(object, name).flatMap { unwrapped($0.value) }
    }

    /// The names of all stored properties, those of superclasses first. Values of other kinds have none.
    public static func getPropertyNames(_ object: Any) -> [String] { properties(of: object).map(\.name) }

    /// The values of all stored properties by name; empty optionals are left out.
    public static func getProperties(_ object: Any) -> [String: Any] {
        var values: [String: Any] = [:]
        for (name, value) in properties(of: object) { values[name] = unwrapped(value) }
        return values
    }

    // MARK: - Internal

    /// The visible properties that a mirror shows, those of superclasses first.
    static func members(of mirror: Mirror) -> [(name: String, value: Any)] {
        var members: [(name: String, value: Any)] = []
        var chain: [Mirror] = []
        var next: Mirror? = mirror
        while let mirror = next {
            chain.append(mirror)
            next = mirror.superclassMirror
        }
        for mirror in chain.reversed() {
            for child in mirror.children {
                // Wrapped properties and lazy ones are stored under names that no source has.
                guard let name = child.label, !name.begins(with: "_"), !name.begins(with: "$") else { continue }
                members.append((name.dropping(prefix: ".").map(String.init) ?? name, child.value))
            }
        }
        return members
    }

    private static func properties(of object: Any) -> [(name: String, value: Any)] {
        guard let object = unwrapped(object) else { return [] }
        let mirror = Mirror(reflecting: object)
        return switch mirror.displayStyle {
        case .struct, .class, .tuple: members(of: mirror)
        default: []
        }
    }

    private static func find(_ object: Any, _ name: String) -> (name: String, value: Any)? {
        let properties = properties(of: object)
        if let exact = properties.first(where: { $0.name.isSame(as: name) }) { return exact }
        let folded = ScalarText(folding: name)
        return properties.first { ScalarText(folding: $0.name) == folded }
    }

    /// What is in an optional, however often it is wrapped.
    private static func unwrapped(_ value: Any) -> Any? {
        var value = value
        while true {
            let mirror = Mirror(reflecting: value)
            guard mirror.displayStyle == .optional else { return value }
            guard let wrapped = mirror.children.first?.value else { return nil }
            value = wrapped
        }
    }
}
