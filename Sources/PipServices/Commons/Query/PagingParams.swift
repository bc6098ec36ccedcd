/// Which part of a list is wanted (the toolkit's `PagingParams`).
public struct PagingParams: Sendable, Hashable {
    /// How many items to leave out at the start; nil for none.
    public var skip: Int64?
    /// How many items to give; nil for as many as the store gives at most.
    public var take: Int64?
    /// True when the number of all items is wanted too.
    public var total: Bool

    /// Creates parameters. A `take` of 0 means no limit of the caller's.
    public init(skip: Int64? = nil, take: Int64? = nil, total: Bool = false) {
        self.skip = skip
        self.take = take == 0 ? nil : take
        self.total = total
    }

    /// Takes `skip`, `take` and `total` of a map; anything else gives no limits. The names' capitals do not count,
    /// since the .NET edition writes them in capitals.
    public init(_ value: AnyValue) {
        let map = AnyValueMap((value.map ?? [:]).map { ($0.key.asciiLowercased, $0.value) })
        self.init(
            skip: map.getAsNullableLong("skip"), take: map.getAsNullableLong("take"), total: map.getAsBoolean("total"))
    }

    /// How many items to leave out, at least `minimum`.
    public func getSkip(_ minimum: Int64 = 0) -> Int64 { max(skip ?? minimum, minimum) }

    /// How many items to give, at most `maximum`.
    public func getTake(_ maximum: Int64) -> Int64 { min(max(take ?? maximum, 0), maximum) }
}

extension PagingParams: Codable, SchemaProviding {
    /// ``PagingParamsSchema``.
    public static var schema: any Schema { PagingParamsSchema() }
    /// Reads a JSON object.
    public init(from decoder: any Decoder) throws { self.init(try AnyValue(from: decoder)) }
    /// Writes a JSON object with all three members.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: NameKey.self)
        try container.encode(skip, forKey: NameKey("skip"))
        try container.encode(take, forKey: NameKey("take"))
        try container.encode(total, forKey: NameKey("total"))
    }
}
