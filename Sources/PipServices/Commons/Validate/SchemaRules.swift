/// The derived schema of a type with rules for its fields. The compiler checks the types of the rules.
///
/// ```swift
/// struct Order: Decodable, SchemaProviding {
///     var item: String
///     var quantity: Int
///     static var schema: any Schema {
///         SchemaRules(Order.self).with(\.item, .length(1...50)).with(\.quantity, .range(1...100)).schema
///     }
/// }
/// ```
/// The model is described only once. A value that breaks a rule is reported as `quantity must be from 1 to 100`.
public struct SchemaRules<Value: Decodable & Sendable>: Sendable {
    /// The schema with the rules.
    public private(set) var schema: any Schema

    /// Creates the derived schema of a type, ignoring the one that it provides as ``SchemaProviding``.
    public init(_ type: Value.Type = Value.self) {
        schema = DerivedSchema.own(of: type)
    }

    /// Returns the rules with or without reports of unknown properties; by default they are not reported. An unknown
    /// property is a warning in the results of a value with other errors; alone it is not an error.
    public func allowUndefined(_ allow: Bool) -> SchemaRules {
        guard let object = schema as? ObjectSchema else { return self }
        var copy = self
        copy.schema = object.allowUndefined(allow)
        return copy
    }

    /// Returns a copy with rules for a field.
    public func with<Member: Decodable & Equatable & Sendable>(
        _ field: KeyPath<Value, Member> & Sendable, _ rules: FieldRule<Member>...
    ) -> SchemaRules {
        adding(field, rules.map { ($0, $0.rule()) }) { rule, value in rule.holds(value) }
    }

    /// Returns a copy with rules for an optional field. They apply if the field has a value.
    public func with<Member: Decodable & Equatable & Sendable>(
        _ field: KeyPath<Value, Member?> & Sendable, _ rules: FieldRule<Member>...
    ) -> SchemaRules {
        adding(field, rules.map { ($0, $0.rule()) }) { rule, value in value.map(rule.holds) ?? true }
    }

    // MARK: - Internal

    private func adding<Member: Equatable & Sendable, Rule: Sendable>(
        _ field: KeyPath<Value, Member> & Sendable, _ rules: [(typed: Rule, rule: FieldValidationRule)],
        _ holds: @escaping @Sendable (Rule, Member) -> Bool
    ) -> SchemaRules {
        var copy = self
        if var object = schema as? ObjectSchema, let name = SchemaFields.name(of: field),
            let index = object.properties.firstIndex(where: { $0.name.isSame(as: name) })
        {
            object.properties[index].rules += rules.map(\.rule)
            copy.schema = object
            return copy
        }
        // If the JSON name is not found, the decoded value is checked.
        let name = SchemaFields.components(of: field).last ?? ""
        for (typed, rule) in rules {
            copy.schema.rules.append(
                FieldValidationRule(name: name, words: rule.words, keywords: [:]) { value in
                    guard let whole = try? value.decode(Value.self) else { return true }
                    return holds(typed, whole[keyPath: field])
                })
        }
        return copy
    }
}
