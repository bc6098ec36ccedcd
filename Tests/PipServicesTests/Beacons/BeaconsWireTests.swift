import Foundation
import PipServices
import PipServicesTesting
import Testing

@testable import Beacons

/// The answers of Beacons to requests of all kinds, and its documents, as the service gave them when each of its types was
/// described by hand. `PIP_TEST_RECORD=1` writes them anew.
@Suite struct BeaconsWireTests {
    private static let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "beacons-wire.json")

    private static let center: AnyValue = ["type": "Point", "coordinates": [1.5, 2]]

    private static let commands: [(name: String, arguments: AnyValue)] = [
        ("create_beacon", ["beacon": ["id": "1", "site_id": "1", "udi": "01", "center": center, "radius": 5]]),
        ("create_beacon", ["beacon": ["site_id": "1", "udi": "02", "label": "B", "other": 1], "more": true]),
        ("create_beacon", ["beacon": ["id": .null, "site_id": "2", "udi": "03", "type": "", "label": .null]]),
        ("create_beacon", ["beacon": ["id": "1", "site_id": "1", "udi": "01"]]),
        ("create_beacon", [:]),
        ("create_beacon", ["beacon": .null]),
        ("create_beacon", ["beacon": "1"]),
        ("create_beacon", ["beacon": [1]]),
        ("create_beacon", ["beacon": ["udi": "1"]]),
        ("create_beacon", ["beacon": ["siteId": "1", "udi": "1"]]),
        ("create_beacon", ["beacon": ["id": 1, "site_id": 2, "udi": true]]),
        ("create_beacon", ["beacon": ["site_id": "1", "udi": "1", "radius": "wide", "label": [1]]]),
        ("create_beacon", ["beacon": ["site_id": "1", "udi": "1", "radius": "7"]]),
        ("create_beacon", ["beacon": ["site_id": "1", "udi": "1", "center": ["type": "Point"]]]),
        ("create_beacon", ["beacon": ["site_id": "1", "udi": "1", "center": "here"]]),
        (
            "create_beacon",
            ["beacon": ["site_id": "1", "udi": "1", "center": ["type": 1, "coordinates": ["1", true, .null]]]]
        ),
        (
            "create_beacon",
            ["beacon": ["id": "4", "site_id": "4", "udi": "04", "center": ["type": "P", "coordinates": [1], "x": 1]]]
        ),
        ("update_beacon", ["beacon": ["id": "1", "site_id": "1", "udi": "01", "type": "new", "radius": 0.5]]),
        ("update_beacon", ["beacon": ["id": "none", "site_id": "1", "udi": "01"]]),
        ("update_beacon", ["beacon": ["site_id": "1", "udi": "01"]]),
        ("get_beacon_by_id", ["beacon_id": "1", "more": 1]),
        ("get_beacon_by_id", ["beacon_id": "none"]),
        ("get_beacon_by_id", [:]),
        ("get_beacon_by_id", ["beaconId": "1"]),
        ("get_beacon_by_id", ["beacon_id": .null]),
        ("get_beacon_by_id", ["beacon_id": 1]),
        ("get_beacon_by_id", ["beacon_id": ["1"]]),
        ("get_beacon_by_udi", ["udi": "01"]),
        ("get_beacon_by_udi", ["udi": 1]),
        ("get_beacon_by_udi", [:]),
        ("get_beacons", [:]),
        ("get_beacons", ["filter": .null, "paging": .null]),
        ("get_beacons", ["filter": ["site_id": "1"], "paging": ["skip": 1, "take": 1, "total": true]]),
        ("get_beacons", ["filter": ["udis": "01,03", "nonsense": "1"], "paging": ["total": "true"]]),
        ("get_beacons", ["filter": ["label": "B"]]),
        ("get_beacons", ["filter": ["id": "1", "udi": "01"]]),
        ("get_beacons", ["filter": ["site_id": 1]]),
        ("get_beacons", ["filter": "site", "paging": 5]),
        ("get_beacons", ["filter": [1], "paging": ["skip": "x", "take": [1]]]),
        ("calculate_position", ["site_id": "1", "udis": ["01", "02"]]),
        ("calculate_position", ["site_id": "1", "udis": []]),
        ("calculate_position", ["site_id": "1", "udis": "01"]),
        ("calculate_position", ["udis": [1]]),
        ("calculate_position", [:]),
        ("delete_beacon_by_id", ["beacon_id": "4"]),
        ("delete_beacon_by_id", ["beacon_id": "4"]),
        ("delete_beacon_by_id", [:]),
    ]

    private static let routes: [(method: HTTPMethod, target: String, body: AnyValue?)] = [
        (.post, "/v1/beacons", ["id": "r", "site_id": "r", "udi": "r1", "more": 1]),
        (.post, "/v1/beacons", ["udi": 1]),
        (.post, "/v1/beacons", ["site_id": "r", "udi": "r2", "center": ["coordinates": 1]]),
        (.post, "/v1/beacons", "1"),
        (.post, "/v1/beacons", .null),
        (.post, "/v1/beacons", nil),
        (.put, "/v1/beacons/r", ["id": "other", "site_id": "r", "udi": "r1", "label": "L"]),
        (.put, "/v1/beacons/none", ["site_id": "r", "udi": "r1"]),
        (.put, "/v1/beacons/r", ["site_id": "r"]),
        (.put, "/v1/beacons/r", nil),
        (.get, "/v1/beacons/r", nil),
        (.get, "/v1/beacons/none", nil),
        (.get, "/v1/beacons?site_id=r&total=true&take=5", nil),
        (.get, "/v1/beacons?label=L&udis=r1,r2&other=1", nil),
        (.get, "/v1/beacons?take=x", nil),
        (.get, "/v1/sites/r/beacons?total=1", nil),
        (.delete, "/v1/beacons/r", nil),
        (.get, "/v1/beacons/swagger", nil),
        (.get, "/v1/beacons/swagger.json", nil),
        (.get, "/v1/swagger", nil),
        (.get, "/v1/swagger.json", nil),
    ]

    @Test("Answers, errors and documents are what they were when each type was described by hand")
    func answers() async throws {
        let config = """
            - descriptor: beacons:persistence:memory:default:1.0
            - descriptor: beacons:service:default:default:1.0
            - descriptor: pip-services:endpoint:http:default:1.0
              connection: { host: 127.0.0.1, port: 0 }
            - descriptor: beacons:controller:http:default:1.0
              swagger: { enable: true }
            - descriptor: beacons:controller:rest:default:1.0
              swagger: { enable: true }
            """
        let found = try await withContainer(
            yaml: config, factories: [BeaconsFactory.create()], clock: VirtualClock(), random: SeededRandom(seed: 1)
        ) { container -> [(name: String, answer: AnyValue)] in
            let client = try RestTestClient(container)
            var found: [(name: String, answer: AnyValue)] = []
            for (name, arguments) in Self.commands {
                let answer = try await client.post("/v1/beacons/\(name)", arguments)
                found.append(("\(name) \(JSONConverter.toJSON(arguments))", Self.content(answer)))
            }
            for (method, target, body) in Self.routes {
                let answer =
                    if let body { try await client.send(method, target, body) } else {
                        try await client.send(method, target)
                    }
                let text = body.map { " " + JSONConverter.toJSON($0) } ?? ""
                found.append(("\(method.rawValue) \(target)\(text)", Self.content(answer)))
            }
            return found
        }
        if ProcessInfo.processInfo.environment["PIP_TEST_RECORD"] != nil {
            let lines = found.map { JSONConverter.toJSON(.array([.string($0.name), $0.answer])) }
            try Data(("[\n" + lines.joined(separator: ",\n") + "\n]\n").utf8).write(to: Self.file)
        }
        let recorded = try JSONConverter.fromJSON(String(contentsOf: Self.file, encoding: .utf8)).array ?? []
        #expect(recorded.count == found.count)
        for (expected, (name, answer)) in zip(recorded, found) {
            #expect(.array([.string(name), answer]) == expected, "\(name)")
        }
    }

    /// The answer without the ids that were made for it.
    private static func content(_ answer: RestTestResponse) -> AnyValue {
        let text = answer.text.replacing(#/\b[0-9a-f]{32}\b/#, with: "made up")
        let body = answer.status == 204 ? .null : (try? JSONConverter.fromJSON(text)) ?? .string(text)
        return ["status": .integer(Int64(answer.status)), "body": body]
    }
}
