/// What a list is filtered by: text by name (the toolkit's `FilterParams`). Travels as a plain JSON object.
public struct FilterParams: Sendable, Hashable {
    private(set) var values: StringValueMap

    /// Creates parameters from texts by name.
    public init(_ values: StringValueMap = [:]) { self.values = values }

    /// Takes the members of a map, each as its text form; anything else is no filter.
    public init(_ value: AnyValue) { values = value.map.map { StringValueMap($0) } ?? [:] }

    /// Parses `key1=value1;key2=value2`, by the rules of ``StringValueMap``.
    public init(parsing line: String) { values = StringValueMap(parsing: line) }

    /// The text under `key`, nil when there is none.
    public subscript(key: String) -> String? {
        get { values[key] }
        set { values[key] = newValue }
    }

    /// The names, in order.
    public var keys: [String] { values.keys }
    /// True when there is nothing to filter by.
    public var isEmpty: Bool { values.isEmpty }
}

extension FilterParams: TypedValues, Codable, SchemaProviding, ExpressibleByDictionaryLiteral {
    /// ``FilterParamsSchema``.
    public static var schema: any Schema { FilterParamsSchema() }
    /// The text under `key` as a dynamic value, or nil.
    public func value(for key: String) -> AnyValue? { values.value(for: key) }
    /// Writes parameters as a literal; of equal names the last one wins.
    public init(dictionaryLiteral elements: (String, String?)...) { values = StringValueMap(elements) }
    /// Reads a JSON object, each value as its text form.
    public init(from decoder: any Decoder) throws { self.init(.map(try AnyValueMap(from: decoder))) }
    /// Writes a JSON object of texts.
    public func encode(to encoder: any Encoder) throws {
        try AnyValueMap(values.map { ($0.key, $0.value.map(AnyValue.string) ?? .null) }).encode(to: encoder)
    }
}
