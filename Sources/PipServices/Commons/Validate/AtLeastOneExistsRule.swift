/// At least one of several properties must be there and not null (the toolkit's `AtLeastOneExistsRule`).
///
/// The capitals of property names do not count.
public struct AtLeastOneExistsRule: ValidationRule {
    /// The properties' names.
    public var properties: [String]

    /// Creates a rule.
    public init(_ properties: String...) { self.properties = properties }

    /// Creates a rule from a list of names.
    public init(_ properties: [String]) { self.properties = properties }

    /// Checks an object and adds the error `VALUE_NULL` when it has none of the properties.
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
    /// A property as rules look it up: by its name, then by its name whatever the capitals; of a list by its index.
    func property(_ name: String) -> AnyValue {
        switch self {
        case .map(let map): return map.value(likeKey: name) ?? .null
        case .array: return Int(name).flatMap { self[$0] } ?? .null
        default: return .null
        }
    }
}
