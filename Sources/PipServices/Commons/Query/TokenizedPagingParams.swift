/// The requested page of a list, identified by the token of the previous page (the toolkit's `TokenizedPagingParams`).
///
/// For stores that can't skip items. The first request has no token; each further one has the token of the previous
/// page.
public struct TokenizedPagingParams: Sendable, Hashable {
    /// The start of the page: the ``TokenizedDataPage/token`` of the previous one; nil for the first page.
    public var token: String?
    /// The maximum number of items to return; nil for the maximum of the store.
    public var take: Int64?
    /// True to request the total number of items.
    public var total: Bool

    /// Creates parameters. A `take` of 0 sets no limit.
    public init(token: String? = nil, take: Int64? = nil, total: Bool = false) {
        self.token = token
        self.take = take == 0 ? nil : take
        self.total = total
    }

    /// Creates parameters from `token`, `take` and `total` of a map, case-insensitively. Any other value means the
    /// first page without limits.
    public init(_ value: AnyValue) {
        let map = AnyValueMap((value.map ?? [:]).map { ($0.key.asciiLowercased, $0.value) })
        self.init(
            token: map.getAsNullableString("token"), take: map.getAsNullableLong("take"),
            total: map.getAsBoolean("total"))
    }

    /// Returns the number of items to return, at most `maximum`.
    public func getTake(_ maximum: Int64) -> Int64 { min(max(take ?? maximum, 0), maximum) }
}

extension TokenizedPagingParams: Codable, SchemaProviding {
    /// ``TokenizedPagingParamsSchema``.
    public static var schema: any Schema { TokenizedPagingParamsSchema() }
    /// Decodes a JSON object.
    public init(from decoder: any Decoder) throws { self.init(try AnyValue(from: decoder)) }
    /// Encodes a JSON object with all three members.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: NameKey.self)
        try container.encode(token, forKey: NameKey("token"))
        try container.encode(take, forKey: NameKey("take"))
        try container.encode(total, forKey: NameKey("total"))
    }
}
