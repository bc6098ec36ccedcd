import Glibc
import PipServices

/// The service of the REST rows: the same types as in the bare server, on a REST controller.
enum RestServer {
    enum Mode: String {
        /// Nothing but the endpoint and the routes, whose bodies are decoded and not checked.
        case plain
        /// With a console log at the level info, counters and traces, and bodies checked by their schema.
        case full
    }

    struct Arguments: Codable {
        enum CodingKeys: String, CodingKey {
            case beaconID = "beacon_id"
        }
        let beaconID: String
    }

    struct Item: Codable {
        let id: String
        let label: String
        let radius: Double
        let floor: Int

        static let all = Dictionary(
            uniqueKeysWithValues: (1...100).map { number in
                ("beacon-\(number)", Item(id: "beacon-\(number)", label: "Beacon \(number)", radius: 12.5, floor: 100))
            })

        static func find(_ arguments: Arguments) throws -> Item {
            if let item = all[arguments.beaconID] { return item }
            throw ApplicationError.notFound(code: "NOT_FOUND", "No such item")
        }
    }

    struct ItemPage: Codable {
        let data: [Item]
        let total: Int

        init(around item: Item) {
            data = Array(repeating: item, count: 62)
            total = 62
        }
    }

    final class Controller: RestController {
        let rest = RestHost()
        let checks = Setting("checks", default: true, "True to check bodies by their schema")

        var routes: [RestRoute] {
            if checks() {
                RestRoute(.post, "/small") { (_, _, arguments: Arguments) in try Item.find(arguments) }
                RestRoute(.post, "/large") { (_, _, arguments: Arguments) in ItemPage(around: try Item.find(arguments))
                }
            } else {
                RestRoute(.post, "/small") { _, request in try Item.find(try await request.decode()) }
                RestRoute(.post, "/large") { _, request in ItemPage(around: try Item.find(try await request.decode())) }
            }
            RestRoute(.get, "/heartbeat") { _, _ in "ok" }
        }
    }

    /// Serves until it is stopped.
    static func run(_ arguments: ArraySlice<String>) async -> Never {
        guard let mode = arguments.first.flatMap(Mode.init), arguments.count == 2, let port = Int(arguments.last ?? "")
        else {
            print("usage: Benchmarks --serve plain|full PORT")
            exit(2)
        }
        let instruments = """
            - descriptor: pip-services:logger:console:default:1.0
              level: info
            - descriptor: pip-services:counters:log:default:1.0
            - descriptor: pip-services:tracer:log:default:1.0

            """
        let yaml = """
            - descriptor: pip-services:endpoint:http:default:1.0
              connection: { host: 127.0.0.1, port: \(port) }
            - descriptor: benchmark:controller:rest:default:1.0
              checks: \(mode == .full)
            """
        let container = Container(
            "rest",
            factories: [Factory("benchmark:controller:rest:*:1.0") { Controller() }, DefaultHTTPFactory.create()]
        )
        do {
            await container.configure(
                try ContainerConfigReader.readFromYAML((mode == .full ? instruments : "") + yaml))
            try await container.open(.empty)
        } catch {
            print(error)
            exit(1)
        }
        // Waiting for a signal would take one of the few threads that tasks have.
        while true { try? await SystemClock().sleep(for: .seconds(3600)) }
    }
}
