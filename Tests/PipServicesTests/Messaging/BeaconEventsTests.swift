import Foundation
import PipServices
import PipServicesTesting
import Testing

@testable import Beacons

@Suite struct BeaconEventsTests {
    private static let beacon = Beacon(siteId: "site", type: nil, udi: "udi", label: nil, center: nil, radius: nil)

    private func service(_ queue: MemoryMessageQueue?) async throws -> BeaconsService {
        let persistence = StoredBeacons.memory()
        try await assemble(persistence)
        try await persistence.items.open(.empty)
        let references = References([("beacons:persistence:memory:default:1.0", persistence)])
        if let queue { references.put("test:message-queue:memory:beacon-events:1.0", queue) }
        return try await assemble(BeaconsService(), references: references)
    }

    @Test("Each change is published with the beacon, and a change of nothing is not") func changes() async throws {
        let queue = try await assemble(MemoryMessageQueue("beacon-events"))
        try await queue.open(.empty)
        let service = try await service(queue)
        var beacon = try await service.createBeacon(Context(traceId: "trace"), Self.beacon)
        beacon.label = "changed"
        _ = try await service.updateBeacon(.empty, beacon)
        _ = try await service.deleteBeaconById(.empty, beacon.id)
        _ = try await service.deleteBeaconById(.empty, beacon.id)
        _ = try await service.updateBeacon(.empty, beacon)
        let messages = try await queue.peekBatch(.empty, 10)
        #expect(messages.map(\.messageType) == ["beacon.created", "beacon.updated", "beacon.deleted"])
        #expect(messages.first?.traceId == "trace")
        #expect(try messages.map { try $0.getMessageAs(Beacon.self).label } == [nil, "changed", "changed"])
        #expect(messages.allSatisfy { $0.group == beacon.id })
    }

    @Test("Without a queue, or with one that fails, changes are made all the same") func withoutQueue() async throws {
        let closed = try await assemble(MemoryMessageQueue("beacon-events"))
        for service in [try await service(nil), try await service(closed)] {
            let beacon = try await service.createBeacon(.empty, Self.beacon)
            #expect(try await service.getBeaconById(.empty, beacon.id)?.udi == "udi")
        }
    }

    #if PIP_HTTP
    @Test("With the variable EVENTS_ENABLED, the service has a queue of changes and a consumer") func config()
        async throws
    {
        var root = URL(filePath: #filePath)
        for _ in 0..<4 { root.deleteLastPathComponent() }
        let yaml = try String(contentsOf: root.appending(path: "Sources/Beacons/config/config.yml"), encoding: .utf8)
        try await withContainer(
            yaml: yaml,
            parameters: ["EVENTS_ENABLED": "1", "HTTP_HOST": "127.0.0.1", "HTTP_PORT": "0", "LOG_LEVEL": "none"],
            factories: [BeaconsFactory.create()]
        ) { container in
            let service = try container.references.getOneRequired(
                "beacons:service:default:*:1.0", as: BeaconsService.self)
            let queue = try container.references.getOneRequired(
                "*:message-queue:*:beacon-events:1.0", as: MemoryMessageQueue.self)
            _ = try await service.createBeacon(.empty, Self.beacon)
            // The listener has received the message.
            try await waitUntil(within: .seconds(30)) { try await queue.readMessageCount(.empty) == 0 }
            #expect(try await queue.readDeadLetters(.empty, 10).isEmpty)
        }
    }
    #endif
}
