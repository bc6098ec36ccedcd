/// The schema that ``DerivedSchema`` finds for a type, with conditions on its fields that the compiler checks.
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
/// So the model is written once. A value that breaks a rule is reported as `quantity must be from 1 to 100`.
public struct SchemaRules<Value: Decodable & Sendable>: Sendable {
    /// The schema with the rules.
    public private(set) var schema: any Schema
    private let fields: SchemaFields<Value>

    /// The schema of a type without what the type itself says as ``SchemaProviding``.
    public init(_ type: Value.Type = Value.self) {
        schema = DerivedSchema.own(of: type)
        fields = SchemaFields()
    }

    /// The same with conditions on a field.
    public func with<Member: Decodable & Equatable & Sendable>(
        _ field: KeyPath<Value, Member> & Sendable, _ rules: FieldRule<Member>...
    ) -> SchemaRules {
        adding(field, rules.map { ($0, $0.rule()) }) { rule, value in rule.holds(value) }
    }

    /// The same with conditions on an optional field, for where it has a value.
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
        if var object = schema as? ObjectSchema, let name = fields.name(of: field),
            let index = object.properties.firstIndex(where: { $0.name.isSame(as: name) })
        {
            object.properties[index].rules += rules.map(\.rule)
            copy.schema = object
            return copy
        }
        // A field that no name is found for is checked in the decoded value.
        let name = SchemaFields<Value>.property(field)
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

/// Finds the name in JSON of a property: that of the field with which the property changes.
struct SchemaFields<Value: Decodable>: Sendable {
    func name<Member: Equatable>(of property: KeyPath<Value, Member>) -> String? {
        var samples = SchemaSamples()
        let names = samples.shape(of: Value.self).fields.map(\.name)
        if let base = samples.value(of: Value.self, varying: nil) {
            let changed = names.filter { name in
                guard let value = samples.value(of: Value.self, varying: name) else { return false }
                return value[keyPath: property] != base[keyPath: property]
            }
            if changed.count == 1 { return changed.first }
        }
        let wanted = Self.property(property)
        return names.first { $0.isSame(as: wanted) }
    }

    /// The property's name in Swift: what follows the type in `\Order.quantity`.
    static func property<Member>(_ property: KeyPath<Value, Member>) -> String {
        String("\(property)".parts(separatedBy: ".").last ?? "")
    }
}
