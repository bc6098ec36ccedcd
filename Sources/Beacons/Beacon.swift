import PipServices

/// A radio beacon at a known position of a site.
struct Beacon: StringIdentifiable, Codable, SnakeCaseKeys, Hashable {
    @GeneratedId var id = ""
    var siteId: String
    var type: String?
    /// The universal device id that the beacon sends.
    var udi: String
    var label: String?
    var center: GeoPoint?
    /// The range of the beacon, in meters.
    var radius: Double?
}

extension Beacon: SchemaProviding {
    static var schema: any Schema { SchemaRules(Beacon.self).allowUndefined(false).schema }
}

extension Beacon {
    /// Indexes for the most frequent queries.
    static let indexes: [ItemIndex<Beacon>] = [.hash(Field(\.udi)), .hash(Field(\.siteId))]

    /// The fields that requests can filter by.
    static let filters = FilterRules<Beacon>(
        equals: \.id, \.siteId, \.label, \.udi, and: .oneOf(Field(\.udi), key: "udis"))
}
