import FoundationEssentials

/// Defines the meaning of one key of ``FilterParams``.
public struct FilterRule<Item: Sendable>: Sendable {
    /// The key.
    public let key: String
    /// The expected form of values, for messages, such as `a whole number`.
    public let expected: String
    let read: @Sendable (String) -> Filter<Item>?
    /// The error for a field without a name; nil if it has one.
    private(set) var problem: ApplicationError?

    /// Creates a custom rule. `read` returns nil for a malformed string.
    public init(_ key: String, expected: String, _ read: @escaping @Sendable (String) -> Filter<Item>?) {
        self.key = key
        self.expected = expected
        self.read = read
    }

    /// The field equals the value.
    /// - Parameter key: the key; nil for the field's path.
    public static func equals<Value: FilterText>(_ field: Field<Item, Value>, key: String? = nil) -> FilterRule {
        FilterRule(field, key, expected: Value.filterMeaning) { text in
            Value.fromFilterText(text).map { field == $0 }
        }
    }

    /// The field equals one of several values, separated by commas.
    public static func oneOf<Value: FilterText>(_ field: Field<Item, Value>, key: String? = nil) -> FilterRule {
        FilterRule(field, key, expected: "a list of \(Value.filterMeaning), separated by commas") { text in
            var values: [Value] = []
            for part in text.parts(separatedBy: ",", omittingEmpty: true) {
                guard let value = Value.fromFilterText(String(part)) else { return nil }
                values.append(value)
            }
            return field.isIn(values)
        }
    }

    /// The field equals the value. Its type has a raw value, for example an enumeration.
    @_disfavoredOverload
    public static func equals<Value: RawRepresentable & Sendable>(
        _ field: Field<Item, Value>, key: String? = nil
    ) -> FilterRule where Value.RawValue: FilterText {
        FilterRule(field, key, expected: Value.rawMeaning) { text in
            Value.fromRawText(text).map { field == $0 }
        }
    }

    /// The field equals the value. Its type is an optional enumeration.
    @_disfavoredOverload
    public static func equals<Value: RawRepresentable & Sendable>(
        _ field: Field<Item, Value?>, key: String? = nil
    ) -> FilterRule where Value.RawValue: FilterText {
        FilterRule(field, key, expected: Value.rawMeaning) { text in
            Value.fromRawText(text).map { field == .some($0) }
        }
    }

    /// The field equals one of several enumeration values, separated by commas.
    @_disfavoredOverload
    public static func oneOf<Value: RawRepresentable & Sendable>(
        _ field: Field<Item, Value>, key: String? = nil
    ) -> FilterRule where Value.RawValue: FilterText {
        list(field, key, as: Value.self) { field.isIn($0) }
    }

    /// The field equals one of several enumeration values, separated by commas.
    @_disfavoredOverload
    public static func oneOf<Value: RawRepresentable & Sendable>(
        _ field: Field<Item, Value?>, key: String? = nil
    ) -> FilterRule where Value.RawValue: FilterText {
        list(field, key, as: Value.self) { field.isIn($0.map { .some($0) }) }
    }

    /// An element of the field equals one of several values, separated by commas. The field is a list of enumeration
    /// values.
    @_disfavoredOverload
    public static func includes<Element: RawRepresentable & Sendable>(
        _ field: Field<Item, [Element]>, key: String? = nil
    ) -> FilterRule where Element.RawValue: FilterText {
        list(field, key, as: Element.self) { field.includesAny(of: $0) }
    }

    /// The field is greater than or equal to the value.
    public static func atLeast<Value: FilterText>(_ field: Field<Item, Value>, key: String) -> FilterRule {
        FilterRule(field, key, expected: Value.filterMeaning) { text in Value.fromFilterText(text).map { field >= $0 } }
    }

    /// The field is less than the value.
    public static func below<Value: FilterText>(_ field: Field<Item, Value>, key: String) -> FilterRule {
        FilterRule(field, key, expected: Value.filterMeaning) { text in Value.fromFilterText(text).map { field < $0 } }
    }

    /// The field is a string with the value as its prefix.
    public static func prefix<Value>(
        _ field: Field<Item, Value>, key: String? = nil, ignoringCase: Bool = false
    ) -> FilterRule {
        FilterRule(field, key, expected: "a text") { field.hasPrefix($0, ignoringCase: ignoringCase) }
    }

    /// The field is a string that contains the value.
    public static func contains<Value>(
        _ field: Field<Item, Value>, key: String? = nil, ignoringCase: Bool = true
    ) -> FilterRule {
        FilterRule(field, key, expected: "a text") { field.contains($0, ignoringCase: ignoringCase) }
    }

    /// An element of the field equals one of several values, separated by commas. The field is a list.
    public static func includes<Element: FilterText>(
        _ field: Field<Item, [Element]>, key: String? = nil
    ) -> FilterRule {
        FilterRule(field, key, expected: "a list of \(Element.filterMeaning), separated by commas") { text in
            var values: [Element] = []
            for part in text.parts(separatedBy: ",", omittingEmpty: true) {
                guard let value = Element.fromFilterText(String(part)) else { return nil }
                values.append(value)
            }
            return field.includesAny(of: values)
        }
    }

    /// At least one of the rules matches the value. A rule for which the value is malformed does not match. Useful for
    /// a key such as `search`.
    public static func any(_ key: String, of rules: FilterRule...) -> FilterRule {
        var rule = FilterRule(key, expected: rules.map(\.expected).joined(separator: " or ")) { text in
            let filters = rules.compactMap { $0.read(text) }
            return filters.isEmpty ? nil : .any(of: filters)
        }
        rule.problem = rules.lazy.compactMap(\.problem).first
        return rule
    }

    // MARK: - Internal

    private init<Value>(
        _ field: Field<Item, Value>, _ key: String?, expected: String,
        _ read: @escaping @Sendable (String) -> Filter<Item>?
    ) {
        self.init(key ?? field.path, expected: expected, read)
        problem = field.any.problem
    }

    private static func list<Member, Value: RawRepresentable & Sendable>(
        _ field: Field<Item, Member>, _ key: String?, as type: Value.Type,
        _ filter: @escaping @Sendable ([Value]) -> Filter<Item>
    ) -> FilterRule where Value.RawValue: FilterText {
        FilterRule(field, key, expected: "a list of \(Value.rawMeaning), separated by commas") { text in
            var values: [Value] = []
            for part in text.parts(separatedBy: ",", omittingEmpty: true) {
                guard let value = Value.fromRawText(String(part)) else { return nil }
                values.append(value)
            }
            return filter(values)
        }
    }
}

extension RawRepresentable where RawValue: FilterText {
    /// The expected form of strings: the allowed values if they can be listed.
    fileprivate static var rawMeaning: String {
        guard let type = Self.self as? any CaseIterable.Type else { return "one of the values of \(Self.self)" }
        return "one of " + rawValues(of: type).joined(separator: ", ")
    }

    fileprivate static func fromRawText(_ text: String) -> Self? {
        RawValue.fromFilterText(text).flatMap { Self(rawValue: $0) }
    }

    private static func rawValues<Cases: CaseIterable>(of type: Cases.Type) -> [String] {
        type.allCases.compactMap { ($0 as? Self).map { "\($0.rawValue)" } }
    }
}
