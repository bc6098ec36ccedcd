#if PIP_GRPC
import Foundation
import PipServicesTesting
import SwiftProtobuf
import Testing

@testable import PipServices

/// A custom service, with the four forms of calls.
final class DummiesController: GRPCController {
    let grpc = GRPCHost()
    let serviceName = "dummies.Dummies"
    let paths = Locked<[String]>([])
    let users = Locked<[AnyValue?]>([])
    let seen = Locked<[String]>([])
    let isCancelled = Locked(false)
    let added: [GRPCInterceptor]
    let authorizer: RestAuthorizer?

    init(interceptors: [GRPCInterceptor] = [], authorizer: RestAuthorizer? = nil) {
        (added, self.authorizer) = (interceptors, authorizer)
    }

    var descriptors: [UInt8] { Data(base64Encoded: TestDescriptors.dummies).map { Array($0) } ?? [] }
    var interceptors: [GRPCInterceptor] { added }

    var methods: [GRPCMethod] {
        unary
        GRPCMethod.clientStreaming("CreateDummies") { (_, dummies: GRPCMessages<TestDummy>) -> TestDummyCount in
            var count = TestDummyCount()
            for try await dummy in dummies {
                self.seen.withLock { $0.append(dummy.id) }
                count.count += 1
                if dummy.id == "stop" { break }
            }
            return count
        }
        GRPCMethod.serverStreaming("ListDummies") {
            (_, wanted: TestDummyCount, replies: GRPCWriter<TestDummy>) in
            for number in 0..<max(0, wanted.count) {
                var dummy = TestDummy()
                dummy.id = "\(number)"
                try await replies.write(dummy)
                if number == 3, wanted.count == 5 {
                    throw ApplicationError.conflict(code: "HALFWAY", "Half of them", details: ["number": 3])
                }
            }
            guard wanted.count < 0 else { return }
            do {
                while true { try await Task.sleep(for: .seconds(1)) }
            } catch {
                self.isCancelled.withLock { $0 = true }
                throw error
            }
        }
        GRPCMethod.bidirectional("Echo") {
            (_, dummies: GRPCMessages<TestDummy>, replies: GRPCWriter<TestDummy>) in
            for try await dummy in dummies { try await replies.write(dummy) }
        }
    }

    private var unary: GRPCMethod {
        let schema = ObjectSchema(allowUndefined: true).withRequiredProperty("dummy_id", .string)
        let method = GRPCMethod.unary("GetDummy", schema: schema) { (context, request: TestDummyId) -> TestDummy in
            self.users.withLock { $0.append(context.user) }
            if request.dummyID == "long" {
                throw ApplicationError.notFound(
                    code: "LONG", String(repeating: "ü", count: 100_000) + "\n",
                    details: ["long": .string(String(repeating: "x", count: 100_000))])
            }
            if request.dummyID == "lines" {
                throw ApplicationError.notFound(code: "LINES", "50% of\r\nzwei Größen \u{0}")
            }
            if let category = request.dummyID.split(separator: "!").first, request.dummyID.hasSuffix("!") {
                throw ApplicationError(
                    ErrorCategory(rawValue: String(category)), code: "TEST_CODE", "Größe: 大",
                    traceId: context.traceId, details: ["key": "value", "number": 5])
            }
            var dummy = TestDummy()
            dummy.id = request.dummyID
            dummy.content = context.traceId ?? ""
            return dummy
        }
        return authorizer.map { method.authorized(by: $0) } ?? method
    }
}

/// Runs a service with a custom gRPC service.
func withDummies(
    _ controller: DummiesController = DummiesController(), endpoint: String = "{}", others: String = "",
    factories: [any ComponentFactory] = [], section: String = "",
    _ body: @Sendable (Container, TestGRPCClient) async throws -> Void
) async throws {
    let yaml = """
        - descriptor: pip-services:endpoint:grpc:default:1.0
          connection: { host: 127.0.0.1, port: 0 }
          options: \(endpoint)
        - descriptor: test:controller:grpc:default:1.0
        \(section)
        \(others)
        """
    try await withContainer(
        yaml: yaml, factories: [Factory("test:controller:grpc:*:1.0") { controller }] + factories
    ) { container in
        let client = try await TestGRPCClient(container, service: "dummies.Dummies")
        try await body(container, client)
        await client.close()
    }
}

@Suite struct GRPCControllerTests {
    private static func id(_ text: String) -> TestDummyId {
        var id = TestDummyId()
        id.dummyID = text
        return id
    }

    @Test func theFourFormsOfCalls() async throws {
        let controller = DummiesController()
        try await withDummies(controller) { _, client in
            let dummy: TestDummy = try await client.call(
                "GetDummy", Self.id("7"), context: Context(traceId: "t-1"))
            #expect(dummy.id == "7")
            #expect(dummy.content == "t-1")

            let count: TestDummyCount = try await client.client.clientStream(.empty, "CreateDummies") {
                (writer: GRPCWriter<TestDummy>) in
                for number in 0..<100 {
                    var dummy = TestDummy()
                    dummy.id = "\(number)"
                    try await writer.write(dummy)
                }
            }
            #expect(count.count == 100)
            #expect(controller.seen.current.count == 100)

            var wanted = TestDummyCount()
            wanted.count = 50
            let listed = try await client.client.serverStream(.empty, "ListDummies", wanted) {
                (replies: GRPCMessages<TestDummy>) in
                var ids: [String] = []
                for try await dummy in replies { ids.append(dummy.id) }
                return ids
            }
            #expect(listed == (0..<50).map { "\($0)" })

            let echoed = try await client.client.bidirectional(
                .empty, "Echo",
                write: { (writer: GRPCWriter<TestDummy>) in
                    for number in 0..<10 {
                        var dummy = TestDummy()
                        dummy.id = "\(number)"
                        dummy.payload = Data(count: 100_000)
                        try await writer.write(dummy)
                    }
                },
                read: { (replies: GRPCMessages<TestDummy>) in
                    var size = 0
                    for try await dummy in replies { size += dummy.payload.count }
                    return size
                })
            #expect(echoed == 1_000_000)
        }
    }

    /// Category, code, status, message, trace id and details, in the status of the call.
    @Test(arguments: [
        "Unknown", "Internal", "Misconfiguration", "InvalidState", "FailedInvocation", "FileError", "BadRequest",
        "Unauthorized", "NotFound", "Conflict", "TooManyRequests", "Unsupported", "Custom",
    ])
    func anErrorIsTheStatusOfTheCall(category: String) async throws {
        try await withDummies { _, client in
            let error = await grpcError {
                let _: TestDummy = try await client.call(
                    "GetDummy", Self.id("\(category)!"), context: Context(traceId: "t-1"))
            }
            let category = ErrorCategory(rawValue: category)
            #expect(error?.category == category)
            #expect(error?.code == "TEST_CODE")
            #expect(error?.message == "Größe: 大")
            #expect(error?.status == category.status)
            #expect(error?.traceId == "t-1")
            #expect(error?.details == ["key": "value", "number": "5"])
        }
    }

    @Test func anErrorEndsAStream() async throws {
        try await withDummies { _, client in
            var wanted = TestDummyCount()
            wanted.count = 5
            let count = Locked(0)
            let error = await grpcError { [wanted] in
                try await client.client.serverStream(.empty, "ListDummies", wanted) {
                    (replies: GRPCMessages<TestDummy>) in
                    for try await _ in replies { count.withLock { $0 += 1 } }
                }
            }
            #expect(count.current == 4)
            #expect(error?.category == .conflict)
            #expect(error?.code == "HALFWAY")
        }
    }

    /// What the reader throws is what its caller gets, and the service stops.
    @Test func aReaderThatThrowsEndsTheCall() async throws {
        struct Enough: Error {}
        let controller = DummiesController()
        try await withDummies(controller) { _, client in
            var wanted = TestDummyCount()
            wanted.count = -1
            let read: @Sendable (GRPCMessages<TestDummy>) async throws -> Int = { _ in throw Enough() }
            let context = Context(deadline: SystemClock().uptime + .seconds(30))
            do {
                _ = try await client.client.serverStream(context, "ListDummies", wanted, read)
                Issue.record("what the reader throws is lost")
            } catch {
                #expect(error is Enough, "\(error)")
            }
            try await waitUntil(within: .seconds(30)) { controller.isCancelled.current }
        }
    }

    @Test func aWriterThatThrowsEndsTheCall() async throws {
        struct Broken: Error {}
        try await withDummies { _, client in
            let write: @Sendable (GRPCWriter<TestDummy>) async throws -> Void = { _ in throw Broken() }
            do {
                let _: TestDummyCount = try await client.client.clientStream(.empty, "CreateDummies", write)
                Issue.record("what the writer throws is lost")
            } catch {
                #expect(error is Broken, "\(error)")
            }
        }
    }

    @Test("A method with one request rejects none and several", arguments: [0, 2])
    func numberOfMessages(count: Int) async throws {
        try await withDummies { _, client in
            let error = await grpcError {
                let _: TestDummy = try await client.client.clientStream(.empty, "GetDummy") {
                    (writer: GRPCWriter<TestDummyId>) in
                    for number in 0..<count { try await writer.write(Self.id("\(number)")) }
                }
            }
            #expect(error?.code == "BAD_MESSAGE")
            #expect(error?.category == .badRequest)
        }
    }

    @Test func theSchemaChecksTheMessage() async throws {
        try await withDummies { _, client in
            let error = await grpcError { let _: TestDummy = try await client.call("GetDummy", TestDummyId()) }
            #expect(error?.category == .badRequest)
            #expect(error?.code == "INVALID_DATA")
        }
    }

    @Test func anUnknownMethodIsUnsupported() async throws {
        try await withDummies { _, client in
            let error = await grpcError { let _: TestDummy = try await client.call("Nobody", TestDummyId()) }
            #expect(error?.category == .unsupported)
            #expect(error?.code == "GRPC_UNIMPLEMENTED")
        }
    }

    @Test func interceptorsRunInOrderAroundTheirPaths() async throws {
        let log = Locked<[String]>([])
        let addresses = Locked<[String?]>([])
        func interceptor(_ name: String, _ route: String = "") -> GRPCInterceptor {
            GRPCInterceptor(route) { context, request, next in
                log.withLock { $0.append("\(name) \(request.path) \(request.headers["x-name"] ?? "")") }
                addresses.withLock { $0.append(request.remoteAddress) }
                if request.headers["x-refuse"] != nil {
                    throw ApplicationError.unauthorized(code: "REFUSED", "No").withStatus(403)
                }
                try await next(context, request)
                log.withLock { $0.append("\(name) end") }
            }
        }
        let controller = DummiesController(interceptors: [
            interceptor("outer"), interceptor("inner", "/GetDummy$"), interceptor("other", "Other"),
        ])
        try await withDummies(controller) { _, client in
            let _: TestDummy = try await client.call("GetDummy", Self.id("1"), metadata: [("X-Name", "Ann")])
            #expect(
                log.current == [
                    "outer /dummies.Dummies/GetDummy Ann", "inner /dummies.Dummies/GetDummy Ann", "inner end",
                    "outer end",
                ])
            #expect(addresses.current == ["127.0.0.1", "127.0.0.1"])
            let error = await grpcError {
                let _: TestDummy = try await client.call("GetDummy", Self.id("1"), metadata: [("x-refuse", "1")])
            }
            #expect(error?.code == "REFUSED")
            #expect(error?.category == .unauthorized)
            #expect(error?.status == 403)
        }
    }

    @Test func aPatternThatIsNoneIsAnError() async throws {
        let controller = DummiesController(interceptors: [GRPCInterceptor("(") { _, _, _ in }])
        let error = await grpcError { try await withDummies(controller) { _, _ in } }
        #expect(error?.code == "BAD_PATTERN")
    }

    private final class Passwords: RestAuthenticator, Component {
        let scheme = "Bearer"
        func authenticate(_ context: Context, _ credentials: String) async throws -> RestUser? {
            credentials == "good" ? RestUser(id: "1", roles: ["reader"]) : nil
        }
    }

    @Test func usersAreAuthenticatedAndAuthorized() async throws {
        let controller = DummiesController(authorizer: OwnerAuthorizer.owner("dummy_id"))
        try await withDummies(
            controller, others: "- descriptor: test:authenticator:passwords:default:1.0",
            factories: [Factory("test:authenticator:passwords:*:1.0") { Passwords() }], section: "  authorize: signed"
        ) { _, client in
            func error(_ id: String, _ token: String?) async -> ApplicationError? {
                await grpcError {
                    let _: TestDummy = try await client.call(
                        "GetDummy", Self.id(id), metadata: token.map { [("authorization", "Bearer \($0)")] } ?? [])
                }
            }
            #expect(await error("1", nil)?.code == "NOT_SIGNED")
            #expect(await error("1", "bad")?.code == "BAD_CREDENTIALS")
            #expect(await error("1", "good") == nil)
            let foreign = await error("2", "good")
            #expect(foreign?.code == "FORBIDDEN")
            #expect(foreign?.status == 403)
            #expect(controller.users.current.last??["id"] == "1")
        }
    }

    @Test func rolesOfTheEndpointCoverCommandsButNotProbes() async throws {
        try await withContainer(
            yaml: """
                - descriptor: test:service:default:default:1.0
                - descriptor: test:authenticator:passwords:default:1.0
                - descriptor: pip-services:endpoint:grpc:default:1.0
                  connection: { host: 127.0.0.1, port: 0 }
                  roles: [writer]
                - descriptor: pip-services:controller:commandable-grpc:default:1.0
                  name: dummy
                  dependencies: { service: test:service:*:*:1.0 }
                """,
            factories: [
                Factory("test:service:default:*:1.0") { GRPCCommands() },
                Factory("test:authenticator:passwords:*:1.0") { Passwords() },
            ]
        ) { container in
            let client = try await TestCommandableGRPCClient(container, name: "dummy")
            // Nobody learns which commands exist.
            for name in ["echo", "nobody"] {
                let error = await grpcError { _ = try await client.callCommand(name, as: AnyValue.self) }
                #expect(error?.code == "NOT_SIGNED")
            }
            await client.close()
            let raw = try await TestGRPCClient(container, service: GRPCCommandable.service)
            var request = GRPCInvokeRequest()
            request.method = "dummy.echo"
            let reply: GRPCInvokeReply = try await raw.call(
                "invoke", request, metadata: [("authorization", "Bearer good")])
            #expect(reply.error.code == "NOT_IN_ROLE")
            await raw.close()
            let health = try await TestGRPCClient(container, service: GRPCHealth.service)
            let response: GRPCHealthCheckResponse = try await health.call("Check", GRPCHealthCheckRequest())
            #expect(response.status == .serving)
            await health.close()
        }
    }

    @Test func metadataThatCannotBeSentIsAnError() async throws {
        try await withDummies { _, client in
            let fields: [(name: String, value: String)] = [
                ("grpc-timeout", "1S"), ("a b", "x"), ("x", "a\nb"), ("x", "ü"), ("", "x"),
            ]
            for field in fields {
                let error = await grpcError {
                    let _: TestDummy = try await client.call("GetDummy", Self.id("1"), metadata: [field])
                }
                #expect(error?.code == "BAD_METADATA", "\(field)")
            }
        }
    }
}
#endif
