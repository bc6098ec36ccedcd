import PipServices

/// The REST API of the service.
final class BeaconsRestController: RestController {
    let rest = RestHost(baseRoute: "v1")
    let service = Dependency<BeaconsService>(
        "service", alias: "controller", "beacons:service:*:*:1.0", "beacons:controller:*:*:1.0")

    init() {}

    var routes: [RestRoute] {
        RestRoute(.get, "/beacons") { context, request in
            try await self.service().getBeacons(context, request.query.filter, request.query.paging)
        }
        .documented("Finds beacons", query: Beacon.filters.properties + .paging)
        RestRoute(.get, "/beacons/:beacon_id") { context, request in
            try await self.service().getBeaconById(context, request.parameter("beacon_id"))
        }
        .documented("Gives a beacon")
        RestRoute(.get, "/sites/:site_id/beacons") { context, request in
            let filter: FilterParams = ["site_id": try request.parameter("site_id")]
            return try await self.service().getBeacons(context, filter, request.query.paging)
        }
        .documented("Lists the beacons of a site", query: .paging)
        RestRoute(.post, "/beacons", status: 201) { context, _, beacon in
            try await self.service().createBeacon(context, beacon)
        }
        .documented("Creates a beacon")
        RestRoute(.put, "/beacons/:beacon_id") { context, request, beacon in
            var beacon: Beacon = beacon
            beacon.id = try request.parameter("beacon_id")
            return try await self.service().updateBeacon(context, beacon)
        }
        .documented("Replaces a beacon")
        RestRoute(.delete, "/beacons/:beacon_id") { context, request in
            try await self.service().deleteBeaconById(context, request.parameter("beacon_id"))
        }
        .documented("Deletes a beacon")
    }
}
