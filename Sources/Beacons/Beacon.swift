import PipServices

/// A radio beacon at a known position of a site.
struct Beacon: StringIdentifiable, Hashable {
    var id = ""
    var siteId: String
    var type: String?
    /// The universal device id that the beacon sends.
    var udi: String
    var label: String?
    var center: GeoPoint?
    /// The range of the beacon, in meters.
    var radius: Double?
}

extension Beacon: Codable {
    private enum CodingKeys: String, CodingKey {
        case id
        case siteId = "site_id"
        case type, udi, label, center, radius
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        // A beacon that is not yet created has no id.
        id = try fields.decodeIfPresent(String.self, forKey: .id) ?? ""
        siteId = try fields.decode(String.self, forKey: .siteId)
        type = try fields.decodeIfPresent(String.self, forKey: .type)
        udi = try fields.decode(String.self, forKey: .udi)
        label = try fields.decodeIfPresent(String.self, forKey: .label)
        center = try fields.decodeIfPresent(GeoPoint.self, forKey: .center)
        radius = try fields.decodeIfPresent(Double.self, forKey: .radius)
    }
}

extension Beacon {
    static let idField = Field("id", \Beacon.id)
    static let siteIdField = Field("site_id", \Beacon.siteId)
    static let udiField = Field("udi", \Beacon.udi)
    static let labelField = Field("label", \Beacon.label)

    /// Indexes for the most frequent queries.
    static let indexes: [ItemIndex<Beacon>] = [.hash(udiField), .hash(siteIdField)]

    /// The fields that requests can filter by.
    static let filters = FilterRules(
        .equals(idField), .equals(siteIdField), .equals(labelField), .equals(udiField), .oneOf(udiField, key: "udis"))

    /// The schema of beacons in requests.
    static let schema = ObjectSchema()
        .withOptionalProperty("id", .string)
        .withRequiredProperty("site_id", .string)
        .withOptionalProperty("type", .string)
        .withRequiredProperty("udi", .string)
        .withOptionalProperty("label", .string)
        .withOptionalProperty("center", .schema(GeoPoint.schema))
        .withOptionalProperty("radius", .double)
}
