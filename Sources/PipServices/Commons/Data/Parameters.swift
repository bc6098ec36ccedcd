/// The arguments of a call, by name, reached into by dotted paths (the toolkit's `Parameters`).
public struct Parameters: Sendable, Hashable {
    /// The arguments.
    public var values: AnyValueMap

    /// Creates parameters.
    public init(_ values: AnyValueMap = [:]) { self.values = values }

    /// Takes the members of a map, or the elements of an array under `0`, `1`, ...; any other value gives no parameters.
    public init(_ value: AnyValue) { values = MapConverter.toMap(value) }

    /// Reads a JSON object, or an array as above; other JSON gives no parameters.
    /// - Throws: BadRequest `BAD_JSON` with line and column.
    public init(json: String) throws(ApplicationError) { self.init(try JSONParser.parse(json)) }

    /// The value at a path such as `beacon.center.coordinates.0`, nil when there is none. A name that holds dots itself
    /// is found first.
    public subscript(path: String) -> AnyValue? { value(for: path) }

    /// The arguments as JSON.
    public func toJSON() -> String { JSONConverter.toJSON(.map(values)) }
}

extension Parameters: TypedValues, ExpressibleByDictionaryLiteral {
    /// The value at a path, or nil.
    public func value(for path: String) -> AnyValue? {
        if let value = values[path] { return value }
        guard path.contains(".") else { return nil }
        var current = AnyValue.map(values)
        for part in path.split(separator: ".", omittingEmptySubsequences: false) {
            guard let next = current[String(part)] ?? Int(part).flatMap({ current[$0] }) else { return nil }
            current = next
        }
        return current
    }

    /// Writes parameters as a literal; of equal names the last one wins.
    public init(dictionaryLiteral elements: (String, AnyValue)...) { values = AnyValueMap(elements) }
}
