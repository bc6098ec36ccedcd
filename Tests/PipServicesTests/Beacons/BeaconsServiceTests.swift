import PipServices
import PipServicesTesting
import Testing

@testable import Beacons

/// What the sample microservice answers, without a process and a socket: an example of how services are tested.
@Suite struct BeaconsServiceTests {
    private struct Page: Decodable {
        var data: [Beacon]
        var total: Int?
    }

    @Test func getBeaconsFiltersAndPages() async throws {
        try await withBeacons { client in
            try await fill(client)
            func page(_ arguments: AnyValue) async throws -> (ids: [String], total: Int?) {
                let page = try await client.post("/v1/beacons/get_beacons", arguments).decode(Page.self)
                return (page.data.map(\.id), page.total)
            }
            let all = try await page([:])
            #expect(all.ids.count == 4)
            #expect(all.total == nil)
            let site = try await page(["filter": ["site_id": "1"], "paging": ["total": true]])
            #expect(site.ids == ["1", "2", "3"])
            #expect(site.total == 3)
            let one = try await page(["filter": ["site_id": "1"], "paging": ["skip": 1, "take": 1, "total": true]])
            #expect(one.ids == ["2"])
            #expect(one.total == 3)
            #expect(try await page(["filter": ["udis": "001,004"]]).ids == ["1", "4"])
        }
    }

    @Test func calculatePositionFindsTheMiddle() async throws {
        try await withBeacons { client in
            try await fill(client)
            func position(of udis: AnyValue) async throws -> RestTestResponse {
                try await client.post("/v1/beacons/calculate_position", ["site_id": "1", "udis": udis])
            }
            #expect(try await position(of: ["001", "002", "003"]).decode() == GeoPoint([2, 1]))
            #expect(try await position(of: ["002"]).decode() == GeoPoint([2, 0]))
            try await position(of: ["none"]).expect(status: 204)
        }
    }

    @Test("A position is calculated from udis with commas, and from more udis than fit on a page")
    func positionOfManyUdis() async throws {
        try await withBeacons { client in
            let udis = (0..<150).map { "udi,\($0)" }
            for (index, udi) in udis.enumerated() {
                let beacon = Beacon(siteId: "1", udi: udi, center: GeoPoint([Double(index), 0]))
                try await client.post("/v1/beacons/create_beacon", ["beacon": beacon]).expect(status: 200)
            }
            func position(of udis: [String]) async throws -> GeoPoint {
                let arguments: AnyValue = ["site_id": "1", "udis": .array(udis.map { .string($0) })]
                return try await client.post("/v1/beacons/calculate_position", arguments).decode()
            }
            #expect(try await position(of: udis) == GeoPoint([74.5, 0]))
            #expect(try await position(of: ["udi,3"]) == GeoPoint([3, 0]))
        }
    }

    @Test func theSameBeaconsAreServedByREST() async throws {
        try await withBeacons { client in
            let beacon = Beacon(id: "7", siteId: "3", type: "iBeacon", udi: "007")
            #expect(try await client.post("/v1/beacons", beacon).decode(status: 201) == beacon)
            let byCommand = try await client.post("/v1/beacons/get_beacon_by_id", ["beacon_id": "7"])
            #expect(try byCommand.decode() == beacon)

            #expect(try await client.get("/v1/beacons/7").decode() == beacon)
            let page = try await client.get("/v1/beacons?site_id=3&skip=0&take=5&total=true").decode(Page.self)
            #expect(page.data == [beacon])
            #expect(page.total == 1)
            #expect(try await client.get("/v1/sites/3/beacons").decode(Page.self).data == [beacon])
            #expect(try await client.get("/v1/sites/4/beacons").decode(Page.self).data == [])

            var changed = beacon
            changed.type = "eddystone"
            #expect(try await client.put("/v1/beacons/7", changed).decode() == changed)
            try await client.delete("/v1/beacons/7").expect(status: 200)
            try await client.get("/v1/beacons/7").expect(status: 204)
        }
    }

    @Test func aBeaconThatDoesNotFitIsRefused() async throws {
        try await withBeacons { client in
            for (target, body) in [
                ("/v1/beacons", ["site_id": "1"]), ("/v1/beacons/create_beacon", ["beacon": ["site_id": "1"]]),
            ] as [(String, AnyValue)] {
                try await client.post(target, body).expect(error: "INVALID_DATA", status: 400)
            }
        }
    }

    // MARK: - Internal

    private func withBeacons(_ body: @Sendable (RestTestClient) async throws -> Void) async throws {
        let config = """
            - descriptor: beacons:persistence:memory:default:1.0
            - descriptor: beacons:service:default:default:1.0
            - descriptor: pip-services:endpoint:http:default:1.0
              connection: { host: 127.0.0.1, port: 0 }
            - descriptor: beacons:controller:http:default:1.0
            - descriptor: beacons:controller:rest:default:1.0
            """
        try await withContainer(yaml: config, factories: [BeaconsFactory.create()]) { container in
            try await body(try RestTestClient(container))
        }
    }

    private func fill(_ client: RestTestClient) async throws {
        for (index, (site, place)) in [("1", [0, 0]), ("1", [2, 0]), ("1", [4, 3]), ("2", [9, 9])].enumerated() {
            let beacon = Beacon(
                id: "\(index + 1)", siteId: site, udi: "00\(index + 1)", center: GeoPoint(place.map(Double.init)))
            try await client.post("/v1/beacons/create_beacon", ["beacon": beacon]).expect(status: 200)
        }
    }
}
