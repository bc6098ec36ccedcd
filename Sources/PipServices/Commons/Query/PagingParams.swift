/// The requested page of a list (the toolkit's `PagingParams`).
public struct PagingParams: Sendable, Hashable {
    /// The number of items to skip; nil for none.
    public var skip: Int64?
    /// The maximum number of items to return; nil for the maximum of the store.
    public var take: Int64?
    /// True to request the total number of items.
    public var total: Bool

    /// Creates parameters. A `take` of 0 sets no limit.
    public init(skip: Int64? = nil, take: Int64? = nil, total: Bool = false) {
        self.skip = skip
        self.take = take == 0 ? nil : take
        self.total = total
    }

    /// Creates parameters from `skip`, `take` and `total` of a map. Names are case-insensitive, because the .NET
    /// edition capitalises them. Any other value means no limits.
    public init(_ value: AnyValue) {
        let map = AnyValueMap((value.map ?? [:]).map { ($0.key.asciiLowercased, $0.value) })
        self.init(
            skip: map.getAsNullableLong("skip"), take: map.getAsNullableLong("take"), total: map.getAsBoolean("total"))
    }

    /// Returns the number of items to skip, at least `minimum`.
    public func getSkip(_ minimum: Int64 = 0) -> Int64 { max(skip ?? minimum, minimum) }

    /// Returns the number of items to return, at most `maximum`.
    public func getTake(_ maximum: Int64) -> Int64 { min(max(take ?? maximum, 0), maximum) }
}

extension PagingParams: Codable, SchemaProviding {
    /// ``PagingParamsSchema``.
    public static var schema: any Schema { PagingParamsSchema() }
    /// Decodes a JSON object.
    public init(from decoder: any Decoder) throws { self.init(try AnyValue(from: decoder)) }
    /// Encodes a JSON object with all three members.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: NameKey.self)
        try container.encode(skip, forKey: NameKey("skip"))
        try container.encode(take, forKey: NameKey("take"))
        try container.encode(total, forKey: NameKey("total"))
    }
}
