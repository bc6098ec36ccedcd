/// Requires at least one of several properties to be present and not null (the toolkit's `AtLeastOneExistsRule`).
///
/// Property names are case-insensitive.
public struct AtLeastOneExistsRule: ValidationRule {
    /// The names of the properties.
    public var properties: [String]

    /// Creates a rule.
    public init(_ properties: String...) { self.properties = properties }

    /// Creates a rule from a list of names.
    public init(_ properties: [String]) { self.properties = properties }

    /// Adds the error `VALUE_NULL` if the object has none of the properties.
    public func validate(path: String, schema: any Schema, value: AnyValue, results: inout [ValidationResult]) {
        if properties.contains(where: { !value.property($0).isNull }) { return }
        results.append(.noneOf(properties, path))
    }
}

// MARK: - Internal

extension ValidationResult {
    static func noneOf(_ properties: [String], _ path: String) -> Self {
        .error(
            path, "VALUE_NULL",
            "\(path.named) must have at least one property from \(properties.joined(separator: ","))",
            expected: .array(properties.map(AnyValue.string)), actual: nil)
    }
}

extension AnyValue {
    /// Returns a property as rules look it up: by exact name, then case-insensitively; in a list by its index.
    func property(_ name: String) -> AnyValue {
        switch self {
        case .map(let map): return map.value(likeKey: name) ?? .null
        case .array: return Int(name).flatMap { self[$0] } ?? .null
        default: return .null
        }
    }
}
