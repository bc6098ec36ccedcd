/// A page of a list (the toolkit's `DataPage`).
public struct DataPage<Item: Sendable>: Sendable {
    /// The items of the page.
    public var data: [Item]
    /// The total number of items, or nil if it was not requested.
    public var total: Int64?

    /// Creates a page.
    public init(_ data: [Item], total: Int64? = nil) {
        self.data = data
        self.total = total
    }
}

extension DataPage: Equatable where Item: Equatable {}

extension DataPage: Encodable where Item: Encodable {
    /// Encodes `data` and `total`; `total` is null if it was not requested.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: NameKey.self)
        try container.encode(data, forKey: NameKey("data"))
        try container.encode(total, forKey: NameKey("total"))
    }
}

extension DataPage: Decodable where Item: Decodable {
    /// Decodes `data` and `total`. The Go edition sends -1 for a total that was not requested.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: NameKey.self)
        data = try container.decodeIfPresent([Item].self, forKey: NameKey("data")) ?? []
        total = try container.decodeIfPresent(Int64.self, forKey: NameKey("total")).flatMap { $0 < 0 ? nil : $0 }
    }
}
