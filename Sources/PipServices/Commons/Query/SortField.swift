/// A field to sort by and its direction (the toolkit's `SortField`).
public struct SortField: Sendable, Hashable {
    /// The name of the field.
    public var name: String
    /// True for ascending order.
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

    /// Decodes a JSON object. `ascending` defaults to true.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decodeIfPresent(String.self, forKey: .name) ?? ""
        ascending = try container.decodeIfPresent(Bool.self, forKey: .ascending) ?? true
    }
}
