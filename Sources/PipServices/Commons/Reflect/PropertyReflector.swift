/// Reads the stored properties of Swift values by name with `Mirror` (the toolkit's `PropertyReflector`).
///
/// Names are case-insensitive; an exact match is preferred. Computed properties and names that start with `_` are
/// hidden. Optionals are unwrapped. Swift can't set properties by name: use ``RecursiveObjectWriter``, which works
/// through `Codable`.
public enum PropertyReflector {
    /// Returns true if a stored property of that name exists.
    public static func hasProperty(_ object: Any, _ name: String) -> Bool { find(object, name) != nil }

    /// Returns the value of a stored property; nil if it does not exist or is an empty optional.
    public static func getProperty(_ object: Any, _ name: String) -> Any? {
        find(object, name).flatMap { unwrapped($0.value) }
    }

    /// Returns the names of all stored properties, those of superclasses first. Empty for values without properties.
    public static func getPropertyNames(_ object: Any) -> [String] { properties(of: object).map(\.name) }

    /// Returns the values of all stored properties by name. Empty optionals are omitted.
    public static func getProperties(_ object: Any) -> [String: Any] {
        var values: [String: Any] = [:]
        for (name, value) in properties(of: object) { values[name] = unwrapped(value) }
        return values
    }

    // MARK: - Internal

    /// Returns the visible properties of a mirror, those of superclasses first.
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
                // Property wrappers and lazy properties have synthesized storage names.
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

    /// Unwraps an optional, including nested optionals.
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
