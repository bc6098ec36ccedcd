/// A field to sort by, and which way (the toolkit's `SortField`).
public struct SortField: Sendable, Hashable {
    /// The field's name.
    public var name: String
    /// True for the smallest first.
    public var ascending: Bool

    /// Creates a sort field.
    public init(_ name: String, ascending: Bool = true) {
        self.name = name
        self.ascending = ascending
    }
}

extension SortField: Codable, SchemaProviding {
    /// ``SortFieldSchema``.
    public static var schema: any Schema { SortFieldSchema() }

    private enum CodingKeys: CodingKey { case name, ascending }

    /// Reads a JSON object. Without `ascending` the smallest comes first.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decodeIfPresent(String.self, forKey: .name) ?? ""
        ascending = try container.decodeIfPresent(Bool.self, forKey: .ascending) ?? true
    }
}
