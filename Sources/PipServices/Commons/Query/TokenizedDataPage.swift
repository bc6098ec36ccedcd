/// A part of a list, with the token that the next part is asked for with (the toolkit's `TokenizedDataPage`).
public struct TokenizedDataPage<Item: Sendable>: Sendable {
    /// The items of the page.
    public var data: [Item]
    /// What the next page is asked for with, see ``TokenizedPagingParams/token``; nil when this is the last one.
    public var token: String?
    /// How many items there are in all; nil when that was not asked for.
    public var total: Int64?

    /// Creates a page.
    public init(_ data: [Item], token: String? = nil, total: Int64? = nil) {
        self.data = data
        self.token = token
        self.total = total
    }
}

extension TokenizedDataPage: Equatable where Item: Equatable {}

extension TokenizedDataPage: Encodable where Item: Encodable {
    /// Writes `data`, `token` and `total`, null where there is none.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: NameKey.self)
        try container.encode(data, forKey: NameKey("data"))
        try container.encode(token, forKey: NameKey("token"))
        try container.encode(total, forKey: NameKey("total"))
    }
}

extension TokenizedDataPage: Decodable where Item: Decodable {
    /// Reads `data`, `token` and `total`. The Go edition writes -1 for a total that was not asked for.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: NameKey.self)
        data = try container.decodeIfPresent([Item].self, forKey: NameKey("data")) ?? []
        token = try container.decodeIfPresent(String.self, forKey: NameKey("token"))
        total = try container.decodeIfPresent(Int64.self, forKey: NameKey("total")).flatMap { $0 < 0 ? nil : $0 }
    }
}
