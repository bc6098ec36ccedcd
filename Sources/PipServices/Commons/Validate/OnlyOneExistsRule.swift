/// Requires exactly one of several properties (the toolkit's `OnlyOneExistsRule`).
///
/// A property that is null, false, 0 or an empty string counts as missing, as in all editions. Property names are
/// case-insensitive.
public struct OnlyOneExistsRule: ValidationRule {
    /// The names of the properties.
    public var properties: [String]

    /// Creates a rule.
    public init(_ properties: String...) { self.properties = properties }

    /// Creates a rule from a list of names.
    public init(_ properties: [String]) { self.properties = properties }

    /// Adds the error `VALUE_NULL` if the object has none of the properties, or `VALUE_ONLY_ONE` if it has several.
    public func validate(path: String, schema: any Schema, value: AnyValue, results: inout [ValidationResult]) {
        switch properties.count(where: { Self.exists(value.property($0)) }) {
        case 1: break
        case 0: results.append(.noneOf(properties, path))
        default:
            results.append(
                .error(
                    path, "VALUE_ONLY_ONE",
                    "\(path.named) must have only one property from \(properties.joined(separator: ","))",
                    expected: .array(properties.map(AnyValue.string)), actual: nil))
        }
    }

    // MARK: - Internal

    private static func exists(_ value: AnyValue) -> Bool {
        switch value {
        case .null: false
        case .bool(let value): value
        case .integer(let value): value != 0
        case .double(let value): value != 0 && !value.isNaN
        case .decimal(let value): value != 0 && !value.isNaN
        case .string(let value): !value.isEmpty
        case .date, .array, .map: true
        }
    }
}
