import PipServices

/// A radio beacon at a known place of a site.
public struct Beacon: StringIdentifiable, Hashable {
    public var id = ""
    public var siteId: String
    public var type: String?
    /// The universal device id that the beacon sends.
    public var udi: String
    public var label: String?
    public var center: GeoPoint?
    /// How far the beacon is received, in meters.
    public var radius: Double?
}

extension Beacon: Codable {
    private enum CodingKeys: String, CodingKey {
        case id
        case siteId = "site_id"
        case type, udi, label, center, radius
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        // A beacon that is yet to be created has no id.
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
    /// What a beacon that comes from outside must be like.
    static let schema = ObjectSchema()
        .withOptionalProperty("id", .string)
        .withRequiredProperty("site_id", .string)
        .withOptionalProperty("type", .string)
        .withRequiredProperty("udi", .string)
        .withOptionalProperty("label", .string)
        .withOptionalProperty("center", .schema(GeoPoint.schema))
        .withOptionalProperty("radius", .double)
}
