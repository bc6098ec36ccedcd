import PipServices

/// The service's commands, with the same names and arguments as in its other editions.
extension BeaconsService {
    var commands: CommandSet {
        CommandSet {
            Command("get_beacons", schema: Schemas.page) { (context, arguments: PageArguments) in
                try await self.getBeacons(
                    context, arguments.filter ?? FilterParams(), arguments.paging ?? PagingParams())
            }
            Command("get_beacon_by_id", schema: Schemas.id) { (context, arguments: IdArguments) in
                try await self.getBeaconById(context, arguments.beaconId)
            }
            Command("get_beacon_by_udi", schema: Schemas.udi) { (context, arguments: UdiArguments) in
                try await self.getBeaconByUdi(context, arguments.udi)
            }
            Command("calculate_position", schema: Schemas.position) { (context, arguments: PositionArguments) in
                try await self.calculatePosition(context, siteId: arguments.siteId, udis: arguments.udis)
            }
            Command("create_beacon", schema: Schemas.beacon) { (context, arguments: BeaconArguments) in
                try await self.createBeacon(context, arguments.beacon)
            }
            Command("update_beacon", schema: Schemas.beacon) { (context, arguments: BeaconArguments) in
                try await self.updateBeacon(context, arguments.beacon)
            }
            Command("delete_beacon_by_id", schema: Schemas.id) { (context, arguments: IdArguments) in
                try await self.deleteBeaconById(context, arguments.beaconId)
            }
        }
    }
}

private struct PageArguments: Decodable {
    var filter: FilterParams?
    var paging: PagingParams?
}

private struct IdArguments: Decodable {
    var beaconId: String
    private enum CodingKeys: String, CodingKey { case beaconId = "beacon_id" }
}

private struct UdiArguments: Decodable {
    var udi: String
}

private struct PositionArguments: Decodable {
    var siteId: String
    var udis: [String]
    private enum CodingKeys: String, CodingKey {
        case siteId = "site_id"
        case udis
    }
}

private struct BeaconArguments: Decodable {
    var beacon: Beacon
}

private enum Schemas {
    // The other editions ignore unknown arguments too.
    private static let arguments = ObjectSchema(allowUndefined: true)

    static let page = arguments.withOptionalProperty("filter", .schema(FilterParamsSchema()))
        .withOptionalProperty("paging", .schema(PagingParamsSchema()))
    static let id = arguments.withRequiredProperty("beacon_id", .string)
    static let udi = arguments.withRequiredProperty("udi", .string)
    static let position = arguments.withRequiredProperty("site_id", .string)
        .withRequiredProperty("udis", .schema(ArraySchema(.string)))
    static let beacon = arguments.withRequiredProperty("beacon", .schema(Beacon.schema))
}
