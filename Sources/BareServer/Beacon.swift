#if PIP_HTTP
import Hummingbird
import Synchronization

/// The beacon of the sample microservice, as a Hummingbird user would declare it.
struct Beacon: ResponseCodable {
    struct Center: Codable {
        let type: String
        let coordinates: [Double]
    }

    enum CodingKeys: String, CodingKey {
        case id
        case siteID = "site_id"
        case type
        case udi
        case label
        case center
        case radius
    }

    let id: String
    let siteID: String
    let type: String
    let udi: String
    let label: String
    let center: Center
    let radius: Double
}

/// The argument of get-by-id.
struct GetBeacon: Decodable {
    enum CodingKeys: String, CodingKey {
        case beaconID = "beacon_id"
    }

    let beaconID: String
}

/// A dictionary behind a lock, with the beacons that the benchmark also creates in the other services.
final class BeaconStore: Sendable {
    private let beacons: Mutex<[String: Beacon]>

    init(count: Int) {
        var beacons: [String: Beacon] = [:]
        for number in 1...count {
            beacons["beacon-\(number)"] = Beacon(
                id: "beacon-\(number)", siteID: "site-1", type: "ibeacon", udi: "udi-\(number)",
                label: "Beacon \(number)", center: Beacon.Center(type: "Point", coordinates: [1.25, -2.5]),
                radius: 12.5)
        }
        self.beacons = Mutex(beacons)
    }

    subscript(id: String) -> Beacon? {
        beacons.withLock { $0[id] }
    }
}
#endif
