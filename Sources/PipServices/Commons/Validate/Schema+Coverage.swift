// MARK: - Internal

extension Schema {
    /// Returns true if the schema may examine a property of an object. An object schema examines the properties that it
    /// or a rule of the toolkit names. Other schemas and rules may examine all properties.
    func mayLook(at property: String) -> Bool {
        guard let object = self as? ObjectSchema else { return true }
        return object.properties.contains { $0.name.isSame(as: property) }
            || object.rules.contains { Self.mayLook($0, at: property) }
    }

    private static func mayLook(_ rule: any ValidationRule, at property: String) -> Bool {
        // Compares names as rules do, see AnyValue.property(_:).
        func names(_ names: [String]) -> Bool {
            names.contains { ScalarText(folding: $0) == ScalarText(folding: property) }
        }
        return switch rule {
        case let rule as AtLeastOneExistsRule: names(rule.properties)
        case let rule as OnlyOneExistsRule: names(rule.properties)
        case let rule as PropertiesComparisonRule: names([rule.property1, rule.property2])
        case let rule as AndRule: rule.rules.contains { mayLook($0, at: property) }
        case let rule as OrRule: rule.rules.contains { mayLook($0, at: property) }
        case let rule as NotRule: mayLook(rule.rule, at: property)
        default: true
        }
    }
}
