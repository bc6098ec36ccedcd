/// A part of a list (the toolkit's `DataPage`).
public struct DataPage<Item: Sendable>: Sendable {
    /// The items of the page.
    public var data: [Item]
    /// How many items there are in all; nil when that was not asked for.
    public var total: Int64?

    /// Creates a page.
    public init(_ data: [Item], total: Int64? = nil) {
        self.data = data
        self.total = total
    }
}

extension DataPage: Equatable where Item: Equatable {}

extension DataPage: Encodable where Item: Encodable {
    /// Writes `data` and `total`, null where it was not asked for.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: NameKey.self)
        try container.encode(data, forKey: NameKey("data"))
        try container.encode(total, forKey: NameKey("total"))
    }
}

extension DataPage: Decodable where Item: Decodable {
    /// Reads `data` and `total`. The Go edition writes -1 for a total that was not asked for.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: NameKey.self)
        data = try container.decodeIfPresent([Item].self, forKey: NameKey("data")) ?? []
        total = try container.decodeIfPresent(Int64.self, forKey: NameKey("total")).flatMap { $0 < 0 ? nil : $0 }
    }
}
