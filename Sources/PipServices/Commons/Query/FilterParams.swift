/// The filter of a query: strings by name (the toolkit's `FilterParams`). Encoded as a plain JSON object.
public struct FilterParams: Sendable, Hashable {
    private(set) var values: StringValueMap

    /// Creates parameters from strings by name.
    public init(_ values: StringValueMap = [:]) { self.values = values }

    /// Creates parameters from the members of a map, converted to strings. Any other value means no filter.
    public init(_ value: AnyValue) { values = value.map.map { StringValueMap($0) } ?? [:] }

    /// Parses `key1=value1;key2=value2`, by the rules of ``StringValueMap``.
    public init(parsing line: String) { values = StringValueMap(parsing: line) }

    /// The string under `key`, or nil.
    public subscript(key: String) -> String? {
        get { values[key] }
        set { values[key] = newValue }
    }

    /// The names, in order.
    public var keys: [String] { values.keys }
    /// True if there is no filter.
    public var isEmpty: Bool { values.isEmpty }
}

extension FilterParams: TypedValues, Codable, SchemaProviding, ExpressibleByDictionaryLiteral {
    /// ``FilterParamsSchema``.
    public static var schema: any Schema { FilterParamsSchema() }
    /// Returns the string under `key` as a dynamic value, or nil.
    public func value(for key: String) -> AnyValue? { values.value(for: key) }
    /// Creates parameters from a literal. If a name repeats, the last value wins.
    public init(dictionaryLiteral elements: (String, String?)...) { values = StringValueMap(elements) }
    /// Decodes a JSON object, each value converted to a string.
    public init(from decoder: any Decoder) throws { self.init(.map(try AnyValueMap(from: decoder))) }
    /// Encodes a JSON object of strings.
    public func encode(to encoder: any Encoder) throws {
        try AnyValueMap(values.map { ($0.key, $0.value.map(AnyValue.string) ?? .null) }).encode(to: encoder)
    }
}
