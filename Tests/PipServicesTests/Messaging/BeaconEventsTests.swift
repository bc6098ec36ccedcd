import Foundation
import PipServices
import PipServicesTesting
import Testing

@testable import Beacons

@Suite struct BeaconEventsTests {
    private static let beacon = Beacon(siteId: "site", type: nil, udi: "udi", label: nil, center: nil, radius: nil)

    private func service(
        _ queue: MemoryMessageQueue?, relay: OutboxRelay? = nil
    ) async throws -> BeaconsService {
        let persistence = StoredBeacons.memory()
        try await assemble(persistence)
        try await persistence.items.open(.empty)
        let references = References([("beacons:persistence:memory:default:1.0", persistence)])
        if let queue { references.put("test:message-queue:memory:beacon-events:1.0", queue) }
        if let relay { references.put("pip-services:outbox-relay:default:default:1.0", relay) }
        return try await assemble(BeaconsService(), references: references)
    }

    @Test("Each change is published with the beacon; a change without effect is not", arguments: [false, true])
    func changes(_ hasRelay: Bool) async throws {
        let queue = try await assemble(MemoryMessageQueue("beacon-events"))
        try await queue.open(.empty)
        let relay = OutboxRelay()
        let service = try await service(queue, relay: hasRelay ? relay : nil)
        var beacon = try await service.createBeacon(Context(traceId: "trace"), Self.beacon)
        beacon.label = "changed"
        _ = try await service.updateBeacon(.empty, beacon)
        _ = try await service.deleteBeaconById(.empty, beacon.id)
        _ = try await service.deleteBeaconById(.empty, beacon.id)
        _ = try await service.updateBeacon(.empty, beacon)
        if hasRelay {
            #expect(try await queue.peek(.empty) == nil, "the relay sends them")
            #expect(try await relay.relay(.empty) == 3)
            #expect(try await relay.relay(.empty) == 0)
        }
        let messages = try await queue.peekBatch(.empty, 10)
        #expect(messages.map(\.messageType) == ["beacon.created", "beacon.updated", "beacon.deleted"])
        #expect(messages.first?.traceId == "trace")
        #expect(try messages.map { try $0.getMessageAs(Beacon.self).label } == [nil, "changed", "changed"])
        #expect(messages.allSatisfy { $0.group == beacon.id })
    }

    @Test("Changes succeed without a queue, or with a failing one") func withoutQueue() async throws {
        let closed = try await assemble(MemoryMessageQueue("beacon-events"))
        for service in [try await service(nil), try await service(closed)] {
            let beacon = try await service.createBeacon(.empty, Self.beacon)
            #expect(try await service.getBeaconById(.empty, beacon.id)?.udi == "udi")
        }
    }

    @Test("A change made while the queue is unreachable is published later") func laterPublished() async throws {
        let queue = try await assemble(MemoryMessageQueue("beacon-events"))
        let relay = OutboxRelay()
        let service = try await service(queue, relay: relay)
        let beacon = try await service.createBeacon(.empty, Self.beacon)
        #expect(try await relay.relay(.empty) == 0)
        try await queue.open(.empty)
        #expect(try await relay.relay(.empty) == 1)
        let message = try #require(try await queue.peek(.empty))
        #expect(try message.getMessageAs(Beacon.self) == beacon)
    }

    #if PIP_HTTP
    @Test(
        "With the variable EVENTS_ENABLED, the service has a queue of changes and a consumer", arguments: [false, true])
    func config(_ isFile: Bool) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "pip-beacons-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        var root = URL(filePath: #filePath)
        for _ in 0..<4 { root.deleteLastPathComponent() }
        let yaml = try String(contentsOf: root.appending(path: "Sources/Beacons/config/config.yml"), encoding: .utf8)
        try await withContainer(
            yaml: yaml,
            parameters: [
                "EVENTS_ENABLED": "1", "HTTP_HOST": "127.0.0.1", "HTTP_PORT": "0", "LOG_LEVEL": "none",
                "FILE_ENABLED": .string(isFile ? "1" : ""),
                "FILE_PATH": .string(folder.appending(path: "beacons.json").path),
                "EVENTS_PATH": .string(folder.appending(path: "events.json").path),
            ],
            factories: [BeaconsFactory.create()]
        ) { container in
            let service = try container.references.getOneRequired(
                "beacons:service:default:*:1.0", as: BeaconsService.self)
            let queue = try container.references.getOneRequired(
                "*:message-queue:*:beacon-events:1.0", as: (any MessageQueue).self)
            #expect(queue.capabilities.isDurable == isFile)
            let relay = try container.references.getOneRequired("*:outbox-relay:*:*:1.0", as: OutboxRelay.self)
            _ = try await service.createBeacon(.empty, Self.beacon)
            let outbox = try container.references.getOneRequired("beacons:persistence:*:*:1.0", as: (any Outbox).self)
            #expect(relay.isOpen)
            // The relay has sent the message, and the listener has received it.
            try await waitUntil(within: .seconds(30)) {
                guard try await outbox.getUnsent(.empty, 1).isEmpty else { return false }
                return try await queue.readMessageCount(.empty) == 0
            }
            #expect(try await queue.readDeadLetters(.empty, 10).isEmpty)
        }
    }
    #endif
}
