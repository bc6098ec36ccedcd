import Foundation
import Logging
import PipServices
import PipServicesTesting
import Testing

@testable import Beacons
#if PIP_GRPC
internal import SwiftProtobuf
#endif

// What the examples in doc comments and docs use without declaring it, see scripts/check_examples.py. It is not executed.

/// Stands for the code that an example leaves out.
func anyCode() -> Never { fatalError("An example is compiled only") }

/// Stands for a value that an example is given.
func given<Value>(_ type: Value.Type = Value.self) -> Value { anyCode() }

let context = Context.empty
let config = ConfigParams()
let references = References()
let request = RestRequest(.get, "/")
let response = HTTPClientResponse(status: 200)
let compositeLogger = CompositeLogger()
let cache: any Cache = MemoryCache()
let lock: any Lock = MemoryLock()
let store: any StateStore = given()
let beacon: Beacon = given()
let persistence = StoredBeacons.memory()
let container = Container("beacons", allFactories: [])
let service: BeaconsService = given()
let params = FilterParams()
let connector: any KeyValueConnector = given()
let connection: RedisConnection = given()
let paging = PagingParams()
let notes = IdentifiableMemoryPersistence<Note>()
let queue: any MessageQueue = given()
let clock = VirtualClock()
let id = ""
let order = Order(amount: 1)
let yaml = ""
let progress = Progress(done: 1)
let credentials = AWSCredentials(accessId: "", accessKey: "")
let function = LambdaFunction("beacons", factories: [])
let created = Event("created")

struct Greet: Decodable { var name: String }
struct Order: Codable { var amount: Int }
struct Progress: Codable { var done: Int }
struct Money: Sendable { var amount: Decimal }

final class SiteStatistics: MessageReceiver, Component {
    init() {}
    func receiveMessage(_ context: Context, _ message: MessageEnvelope, _ queue: any MessageQueue) async throws {}
}

typealias MyCache = MemoryCache
typealias MyQueue = MemoryMessageQueue

struct Note: StringIdentifiable, Codable {
    var id: String
    var owner: String
    var place: Place?
    var tags: [String]

    struct Place: Codable { var city: String }
}

protocol BeaconsLogic: Sendable {
    func getBeaconById(_ context: Context, _ id: String) async throws -> Beacon?
}

func save(_ messages: [LogMessage]) async throws {}

enum CommonCommands {
    static let commands = CommandSet { Command("wait") { _, _ in 1 } }
}

final class HelloService: Component {
    init() {}
}

// The example of `Field` declares the fields `siteId` and `kind`.
extension Beacon {
    static let udi = Field(\Beacon.udi)
    static let label = Field(\Beacon.label)
    static let radius = Field(\Beacon.radius)
}

#if PIP_GRPC
// Stand for generated messages, and for a component that works with them.
typealias Dummy = Google_Protobuf_StringValue
typealias DummyId = Google_Protobuf_BytesValue
typealias DummyFilter = Google_Protobuf_BoolValue
typealias DummyCount = Google_Protobuf_Int32Value

extension Google_Protobuf_BytesValue {
    var dummyID: String {
        get { "" }
        set { _ = newValue }
    }
}

final class Dummies: Component {
    init() {}
    func getDummy(_ context: Context, _ id: String) async throws -> Dummy { anyCode() }
    func list(_ context: Context) async throws -> [Dummy] { [] }
}

let dummies = Dummies()
#endif
