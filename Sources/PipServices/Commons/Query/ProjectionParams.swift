/// The requested fields of objects, as dotted paths (the toolkit's `ProjectionParams`). An empty list means all fields.
/// Encoded as a JSON array of strings.
public struct ProjectionParams: Sendable, Hashable {
    /// The paths of the fields, in order.
    public var fields: [String]

    /// Creates parameters from unparsed paths.
    public init(_ fields: [String] = []) { self.fields = fields }

    /// Creates parameters from the elements of a list, converted to strings, or from a single value (the toolkit's
    /// `fromValue`). The strings are not parsed; null elements are dropped.
    public init(_ value: AnyValue) {
        fields = ArrayConverter.toArray(value).compactMap(StringConverter.toNullableString)
    }

    /// Parses fields that are separated by commas, where `a(b,c(d))` means `a.b` and `a.c.d` (the toolkit's
    /// `fromString`). Everything after an unclosed bracket is ignored.
    ///
    /// - Throws: BadRequest `TOO_DEEP` for more than 100 nested brackets; `TOO_LARGE` if the paths together are longer
    ///   than 64 KiB plus sixteen times the input, which repeated long prefixes can cause.
    public init(parsing texts: String...) throws(ApplicationError) { try self.init(parsing: texts) }

    /// Parses several strings by the rules above.
    /// - Throws: BadRequest `TOO_DEEP` or `TOO_LARGE`.
    public init(parsing texts: [String]) throws(ApplicationError) {
        fields = []
        for text in texts {
            var reader = ProjectionReader(text)
            fields += try reader.read()
        }
    }
}

extension ProjectionParams: CustomStringConvertible {
    /// The paths, joined by commas (the toolkit's `toString`).
    public var description: String { fields.joined(separator: ",") }
}

extension ProjectionParams: ExpressibleByArrayLiteral {
    /// Creates parameters from a literal.
    public init(arrayLiteral elements: String...) { self.init(elements) }
}

extension ProjectionParams: Codable, SchemaProviding {
    /// ``ProjectionParamsSchema``.
    public static var schema: any Schema { ProjectionParamsSchema() }
    /// Decodes a JSON array of strings.
    public init(from decoder: any Decoder) throws { self.init(try AnyValue(from: decoder)) }
    /// Encodes a JSON array of strings.
    public func encode(to encoder: any Encoder) throws { try fields.encode(to: encoder) }
}
