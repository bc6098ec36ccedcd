/// Which part of a list is wanted, by the token that the part before came with (the toolkit's `TokenizedPagingParams`).
///
/// For stores that can't skip: the first request has no token, each further one the token of the page before.
public struct TokenizedPagingParams: Sendable, Hashable {
    /// Where the page begins, as ``TokenizedDataPage/token`` says; nil for the start.
    public var token: String?
    /// How many items to give; nil for as many as the store gives at most.
    public var take: Int64?
    /// True when the number of all items is wanted too.
    public var total: Bool

    /// Creates parameters. A `take` of 0 means no limit of the caller's.
    public init(token: String? = nil, take: Int64? = nil, total: Bool = false) {
        self.token = token
        self.take = take == 0 ? nil : take
        self.total = total
    }

    /// Takes `token`, `take` and `total` of a map; anything else gives the start and no limits. The names' capitals do
    /// not count.
    public init(_ value: AnyValue) {
        let map = AnyValueMap((value.map ?? [:]).map { ($0.key.asciiLowercased, $0.value) })
        self.init(
            token: map.getAsNullableString("token"), take: map.getAsNullableLong("take"),
            total: map.getAsBoolean("total"))
    }

    /// How many items to give, at most `maximum`.
    public func getTake(_ maximum: Int64) -> Int64 { min(max(take ?? maximum, 0), maximum) }
}

extension TokenizedPagingParams: Codable, SchemaProviding {
    /// ``TokenizedPagingParamsSchema``.
    public static var schema: any Schema { TokenizedPagingParamsSchema() }
    /// Reads a JSON object.
    public init(from decoder: any Decoder) throws { self.init(try AnyValue(from: decoder)) }
    /// Writes a JSON object with all three members.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: NameKey.self)
        try container.encode(token, forKey: NameKey("token"))
        try container.encode(take, forKey: NameKey("take"))
        try container.encode(total, forKey: NameKey("total"))
    }
}
