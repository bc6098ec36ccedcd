/// The sort order of a list, most significant field first (the toolkit's `SortParams`).
public struct SortParams: Sendable, Hashable {
    /// The fields.
    public var fields: [SortField]

    /// Creates parameters.
    public init(_ fields: SortField...) { self.fields = fields }

    /// Creates parameters from a list of fields.
    public init(_ fields: [SortField]) { self.fields = fields }
}

extension SortParams: Codable, SchemaProviding {
    /// ``SortParamsSchema``.
    public static var schema: any Schema { SortParamsSchema() }
    /// Decodes a JSON array of fields.
    public init(from decoder: any Decoder) throws { fields = try [SortField](from: decoder) }
    /// Encodes a JSON array of fields.
    public func encode(to encoder: any Encoder) throws { try fields.encode(to: encoder) }
}
