// MARK: - Internal

extension Schema {
    /// True if the schema may look at a property of an object. An object schema looks at those that it or a rule names, as
    /// far as the rules are the toolkit's; any other schema is taken to look at all.
    func mayLook(at property: String) -> Bool {
        guard let object = self as? ObjectSchema else { return true }
        return object.properties.contains { $0.name.isSame(as: property) }
            || object.rules.contains { Self.mayLook($0, at: property) }
    }

    private static func mayLook(_ rule: any ValidationRule, at property: String) -> Bool {
        // As rules find properties, see AnyValue.property(_:).
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
