#if PIP_GRPC
import Foundation
import PipServicesTesting
import Testing

@testable import Beacons
@testable import PipServices

/// The sample service is served by gRPC too, by a section of its configuration.
@Suite struct GRPCBeaconsTests {
    @Test func beaconsIsServedByConfiguration() async throws {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<5 { root.deleteLastPathComponent() }
        let yaml = try String(
            contentsOf: root.appending(path: "Sources/Beacons/config/config.yml"), encoding: .utf8)
        let parameters: AnyValueMap = [
            "LOG_LEVEL": "error", "HTTP_HOST": "127.0.0.1", "HTTP_PORT": "0", "GRPC_ENABLED": "true",
            "GRPC_HOST": "127.0.0.1", "GRPC_PORT": "0",
        ]
        try await withContainer(yaml: yaml, parameters: parameters, factories: [BeaconsFactory.create()]) { container in
            let client = try await TestCommandableGRPCClient(container, name: "beacons")
            let beacon: AnyValue = [
                "id": "1", "site_id": "s", "type": "ibeacon", "udi": "0001", "label": "Tür",
                "center": ["type": "Point", "coordinates": [0.5, -1]], "radius": 2.5,
            ]
            let created: AnyValueMap? = try await client.callCommand("create_beacon", ["beacon": beacon])
            #expect(created?["udi"] == "0001")
            let found: AnyValueMap? = try await client.callCommand("get_beacon_by_udi", ["udi": "0001"])
            #expect(found?["label"] == "Tür")
            let missing: AnyValue? = try await client.callCommand("get_beacon_by_id", ["beacon_id": "none"])
            #expect(missing == nil)
            await client.close()
            // Over HTTP it is the same service.
            let rest = try RestTestClient(container)
            try await rest.get("/v1/beacons/1").expect(status: 200)
        }
    }
}
#endif
