/// Which fields of objects are wanted, as dotted paths (the toolkit's `ProjectionParams`). None means all of them.
/// Travels as a JSON array of texts.
public struct ProjectionParams: Sendable, Hashable {
    /// The paths of the fields, in order.
    public var fields: [String]

    /// Creates parameters from paths, which are taken as they are.
    public init(_ fields: [String] = []) { self.fields = fields }

    /// Takes the elements of a list, each as its text form; a single value is a list of itself (the toolkit's
    /// `fromValue`). Nothing is parsed; elements that are null are left out.
    public init(_ value: AnyValue) {
        fields = ArrayConverter.toArray(value).compactMap(StringConverter.toNullableString)
    }

    /// Parses fields that are separated by commas, where `a(b,c(d))` stands for `a.b` and `a.c.d` (the toolkit's
    /// `fromString`). What stands behind a bracket that is not closed is left out.
    ///
    /// - Throws: BadRequest `TOO_DEEP` for more than 100 brackets inside each other; `TOO_LARGE` when the paths
    ///   together take more than 64 KiB and sixteen times the text, which repeated long prefixes can do.
    public init(parsing texts: String...) throws(ApplicationError) { try self.init(parsing: texts) }

    /// Parses several texts, each by the rules above.
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
    /// Writes paths as a literal.
    public init(arrayLiteral elements: String...) { self.init(elements) }
}

extension ProjectionParams: Codable, SchemaProviding {
    /// ``ProjectionParamsSchema``.
    public static var schema: any Schema { ProjectionParamsSchema() }
    /// Reads a JSON array of texts.
    public init(from decoder: any Decoder) throws { self.init(try AnyValue(from: decoder)) }
    /// Writes a JSON array of texts.
    public func encode(to encoder: any Encoder) throws { try fields.encode(to: encoder) }
}
