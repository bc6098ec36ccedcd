import PipServices

/// The service's commands, with the same names and arguments as in its other editions.
extension BeaconsService {
    var commands: CommandSet {
        CommandSet {
            Command("get_beacons") { (context, page: PageArguments) in
                try await self.getBeacons(context, page.filter, page.paging)
            }
            Command("get_beacon_by_id") { (context, arguments: IdArguments) in
                try await self.getBeaconById(context, arguments.beaconId)
            }
            Command("get_beacon_by_udi") { (context, arguments: UdiArguments) in
                try await self.getBeaconByUdi(context, arguments.udi)
            }
            Command("calculate_position") { (context, arguments: PositionArguments) in
                try await self.calculatePosition(context, siteId: arguments.siteId, udis: arguments.udis)
            }
            Command("create_beacon") { (context, arguments: BeaconArguments) in
                try await self.createBeacon(context, arguments.beacon)
            }
            Command("update_beacon") { (context, arguments: BeaconArguments) in
                try await self.updateBeacon(context, arguments.beacon)
            }
            Command("delete_beacon_by_id") { (context, arguments: IdArguments) in
                try await self.deleteBeaconById(context, arguments.beaconId)
            }
        }
    }
}

private struct IdArguments: Decodable, SnakeCaseKeys {
    var beaconId: String
}

private struct UdiArguments: Decodable {
    var udi: String
}

private struct PositionArguments: Decodable, SnakeCaseKeys {
    var siteId: String
    var udis: [String]
}

private struct BeaconArguments: Decodable {
    var beacon: Beacon
}
