import FoundationEssentials

/// A key of ``FilterParams`` and what it asks for.
public struct FilterRule<Item: Sendable>: Sendable {
    /// The key.
    public let key: String
    /// What values must be like, for messages, such as `a whole number`.
    public let expected: String
    let read: @Sendable (String) -> Filter<Item>?

    /// Creates a rule of your own. `read` gives nil for a text that is malformed.
    public init(_ key: String, expected: String, _ read: @escaping @Sendable (String) -> Filter<Item>?) {
        self.key = key
        self.expected = expected
        self.read = read
    }

    /// The field is equal to the value.
    /// - Parameter key: the key; nil for the field's path.
    public static func equals<Value: FilterText>(_ field: Field<Item, Value>, key: String? = nil) -> FilterRule {
        FilterRule(key ?? field.path, expected: Value.filterMeaning) { text in
            Value.fromFilterText(text).map { field == $0 }
        }
    }

    /// The field is equal to one of the values, which are separated by commas.
    public static func oneOf<Value: FilterText>(_ field: Field<Item, Value>, key: String? = nil) -> FilterRule {
        FilterRule(key ?? field.path, expected: "a list of \(Value.filterMeaning), separated by commas") { text in
            var values: [Value] = []
            for part in text.parts(separatedBy: ",", omittingEmpty: true) {
                guard let value = Value.fromFilterText(String(part)) else { return nil }
                values.append(value)
            }
            return field.isIn(values)
        }
    }

    /// The field is the value or after it.
    public static func atLeast<Value: FilterText>(_ field: Field<Item, Value>, key: String) -> FilterRule {
        FilterRule(key, expected: Value.filterMeaning) { text in Value.fromFilterText(text).map { field >= $0 } }
    }

    /// The field is before the value.
    public static func below<Value: FilterText>(_ field: Field<Item, Value>, key: String) -> FilterRule {
        FilterRule(key, expected: Value.filterMeaning) { text in Value.fromFilterText(text).map { field < $0 } }
    }

    /// The field is a text that begins with the value.
    public static func prefix<Value>(
        _ field: Field<Item, Value>, key: String? = nil, ignoringCase: Bool = false
    ) -> FilterRule {
        FilterRule(key ?? field.path, expected: "a text") { field.hasPrefix($0, ignoringCase: ignoringCase) }
    }

    /// The value stands somewhere in the field, which is a text.
    public static func contains<Value>(
        _ field: Field<Item, Value>, key: String? = nil, ignoringCase: Bool = true
    ) -> FilterRule {
        FilterRule(key ?? field.path, expected: "a text") { field.contains($0, ignoringCase: ignoringCase) }
    }

    /// An element of the field, which is a list, is equal to one of the values, which are separated by commas.
    public static func includes<Element: FilterText>(
        _ field: Field<Item, [Element]>, key: String? = nil
    ) -> FilterRule {
        FilterRule(key ?? field.path, expected: "a list of \(Element.filterMeaning), separated by commas") { text in
            var values: [Element] = []
            for part in text.parts(separatedBy: ",", omittingEmpty: true) {
                guard let value = Element.fromFilterText(String(part)) else { return nil }
                values.append(value)
            }
            return field.includesAny(of: values)
        }
    }

    /// Any of the rules' conditions holds for the value; those for which it is malformed don't. For a key such as `search`.
    public static func any(_ key: String, of rules: FilterRule...) -> FilterRule {
        FilterRule(key, expected: rules.map(\.expected).joined(separator: " or ")) { text in
            let filters = rules.compactMap { $0.read(text) }
            return filters.isEmpty ? nil : .any(of: filters)
        }
    }
}
