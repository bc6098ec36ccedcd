/// A page of a list, with the token for the next page (the toolkit's `TokenizedDataPage`).
public struct TokenizedDataPage<Item: Sendable>: Sendable {
    /// The items of the page.
    public var data: [Item]
    /// The token for requesting the next page, see ``TokenizedPagingParams/token``; nil on the last page.
    public var token: String?
    /// The total number of items, or nil if it was not requested.
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
    /// Encodes `data`, `token` and `total`; missing values are null.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: NameKey.self)
        try container.encode(data, forKey: NameKey("data"))
        try container.encode(token, forKey: NameKey("token"))
        try container.encode(total, forKey: NameKey("total"))
    }
}

extension TokenizedDataPage: Decodable where Item: Decodable {
    /// Decodes `data`, `token` and `total`. The Go edition sends -1 for a total that was not requested.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: NameKey.self)
        data = try container.decodeIfPresent([Item].self, forKey: NameKey("data")) ?? []
        token = try container.decodeIfPresent(String.self, forKey: NameKey("token"))
        total = try container.decodeIfPresent(Int64.self, forKey: NameKey("total")).flatMap { $0 < 0 ? nil : $0 }
    }
}
