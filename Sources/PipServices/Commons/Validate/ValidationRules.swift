/// A rule for values beyond their shape (the toolkit's `IValidationRule`).
public protocol ValidationRule: Sendable {
    /// Validates a value and adds the findings to `results`.
    func validate(path: String, schema: any Schema, value: AnyValue, results: inout [ValidationResult])
}

/// A rule that passes if all of its rules pass (the toolkit's `AndRule`). It reports all of their findings.
public struct AndRule: ValidationRule {
    /// The rules to combine.
    public var rules: [any ValidationRule]

    /// Creates a rule. Without nested rules it always passes.
    public init(_ rules: any ValidationRule...) { self.rules = rules }

    /// Creates a rule from a list of rules.
    public init(_ rules: [any ValidationRule]) { self.rules = rules }

    /// Applies each rule and adds its findings to `results`.
    public func validate(path: String, schema: any Schema, value: AnyValue, results: inout [ValidationResult]) {
        for rule in rules { rule.validate(path: path, schema: schema, value: value, results: &results) }
    }
}

/// A rule that passes if at least one of its rules passes (the toolkit's `OrRule`). Otherwise it reports the findings
/// of all of them.
public struct OrRule: ValidationRule {
    /// The rules to combine.
    public var rules: [any ValidationRule]

    /// Creates a rule. Without nested rules it always passes.
    public init(_ rules: any ValidationRule...) { self.rules = rules }

    /// Creates a rule from a list of rules.
    public init(_ rules: [any ValidationRule]) { self.rules = rules }

    /// Adds the findings of all rules, unless one of them passes.
    public func validate(path: String, schema: any Schema, value: AnyValue, results: inout [ValidationResult]) {
        var found: [ValidationResult] = []
        for rule in rules {
            let count = found.count
            rule.validate(path: path, schema: schema, value: value, results: &found)
            if found.count == count { return }
        }
        results += found
    }
}

/// A rule that passes if another one does not (the toolkit's `NotRule`).
public struct NotRule: ValidationRule {
    /// The rule that must not pass.
    public var rule: any ValidationRule

    /// Creates a rule.
    public init(_ rule: any ValidationRule) { self.rule = rule }

    /// Adds the error `NOT_FAILED` if the other rule passes.
    public func validate(path: String, schema: any Schema, value: AnyValue, results: inout [ValidationResult]) {
        var found: [ValidationResult] = []
        rule.validate(path: path, schema: schema, value: value, results: &found)
        guard found.isEmpty else { return }
        results.append(
            .error(path, "NOT_FAILED", "Negative check for \(path.named) failed", expected: nil, actual: nil))
    }
}

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

/// Requires one of several values (the toolkit's `IncludedRule`). Numbers are compared by value, so 1 equals 1.0. A
/// string never equals a number.
public struct IncludedRule: ValidationRule {
    /// The allowed values.
    public var values: [AnyValue]

    /// Creates a rule.
    public init(_ values: AnyValue...) { self.values = values }

    /// Creates a rule from a list of values.
    public init(_ values: [AnyValue]) { self.values = values }

    /// Adds the error `VALUE_NOT_INCLUDED` if the value is not allowed.
    public func validate(path: String, schema: any Schema, value: AnyValue, results: inout [ValidationResult]) {
        guard !values.contains(where: { ObjectComparator.isSame($0, value) }) else { return }
        results.append(
            .error(
                path, "VALUE_NOT_INCLUDED", "\(path.named) must be one of \(values.listed)", expected: .array(values),
                actual: value))
    }
}

// MARK: - Internal

extension [AnyValue] {
    /// The values as messages list them.
    var listed: String { map(\.description).joined(separator: ",") }
}

/// Forbids several values (the toolkit's `ExcludedRule`). Values are compared as in ``IncludedRule``.
public struct ExcludedRule: ValidationRule {
    /// The forbidden values.
    public var values: [AnyValue]

    /// Creates a rule.
    public init(_ values: AnyValue...) { self.values = values }

    /// Creates a rule from a list of values.
    public init(_ values: [AnyValue]) { self.values = values }

    /// Adds the error `VALUE_INCLUDED` if the value is forbidden.
    public func validate(path: String, schema: any Schema, value: AnyValue, results: inout [ValidationResult]) {
        guard values.contains(where: { ObjectComparator.isSame($0, value) }) else { return }
        results.append(
            .error(
                path, "VALUE_INCLUDED", "\(path.named) must not be one of \(values.listed)", expected: .array(values),
                actual: value))
    }
}

/// Compares a value with a constant (the toolkit's `ValueComparisonRule`).
///
/// ```swift
/// ObjectSchema().withRequiredProperty("age", .integer, ValueComparisonRule("GE", 18))
/// ```
public struct ValueComparisonRule: ValidationRule {
    /// The operation, see ``ObjectComparator``. An unknown operation always fails.
    public var operation: String
    /// The constant.
    public var value: AnyValue

    /// Creates a rule.
    public init(_ operation: String, _ value: AnyValue) {
        self.operation = operation
        self.value = value
    }

    /// Adds the error `BAD_VALUE` if the comparison fails.
    public func validate(path: String, schema: any Schema, value: AnyValue, results: inout [ValidationResult]) {
        guard !ObjectComparator.compare(value, operation, self.value) else { return }
        results.append(
            .error(
                path, "BAD_VALUE", "\(path.named) must \(operation) \(self.value) but found \(value)",
                expected: .string("\(operation) \(self.value)"), actual: value))
    }
}

/// Compares two properties of an object (the toolkit's `PropertiesComparisonRule`).
///
/// Property names are case-insensitive. Two missing properties are equal.
public struct PropertiesComparisonRule: ValidationRule {
    /// The name of the first property.
    public var property1: String
    /// The operation, see ``ObjectComparator``. An unknown operation always fails.
    public var operation: String
    /// The name of the second property.
    public var property2: String

    /// Creates a rule.
    public init(_ property1: String, _ operation: String, _ property2: String) {
        self.property1 = property1
        self.operation = operation
        self.property2 = property2
    }

    /// Adds the error `PROPERTIES_NOT_MATCH` if the comparison fails.
    public func validate(path: String, schema: any Schema, value: AnyValue, results: inout [ValidationResult]) {
        let first = value.property(property1)
        let second = value.property(property2)
        guard !ObjectComparator.compare(first, operation, second) else { return }
        results.append(
            .error(
                path, "PROPERTIES_NOT_MATCH", "\(path.named) must have \(property1) \(operation) \(property2)",
                expected: second, actual: first))
    }
}
