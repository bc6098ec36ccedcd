/// A condition that holds when at least one of several does (the toolkit's `OrRule`). Else it finds what all of them
/// find.
public struct OrRule: ValidationRule {
    /// The conditions.
    public var rules: [any ValidationRule]

    /// Creates a rule; without conditions it always holds.
    public init(_ rules: any ValidationRule...) { self.rules = rules }

    /// Creates a rule from a list of conditions.
    public init(_ rules: [any ValidationRule]) { self.rules = rules }

    /// Checks a value and adds all that the conditions find, unless one of them holds.
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
