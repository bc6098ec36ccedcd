#if PIP_GRPC
import PipServicesTesting
import Testing

@testable import PipServices

/// Holds up calls until a test opens it. Waiting costs nothing: a thousand may wait.
final class GRPCGate: Sendable {
    private struct State: Sendable {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Locked(State())

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    func open() {
        let waiting = state.withLock { state in
            defer { state = State(isOpen: true) }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}

/// The service that the vectors' README describes, and what tests of transports need.
final class GRPCCommands: Component, Commandable {
    struct Failure: Error, CustomStringConvertible { let description: String }

    /// The commands that wait until they are cancelled, and those that were.
    let waiting = Locked(0)
    let cancelled = Locked(0)
    /// The contexts of calls of `trace`.
    let contexts = Locked<[Context]>([])
    let gate = GRPCGate()
    /// How many calls were carried out.
    let count = Locked(0)

    var commands: CommandSet {
        CommandSet {
            Command("echo") { (_, arguments: Parameters) -> AnyValueMap? in arguments.values }
            Command("get_one", schema: ObjectSchema(allowUndefined: true).withRequiredProperty("id", .string)) {
                (_, arguments: Parameters) -> AnyValueMap? in
                let id = arguments.getAsString("id")
                return id == "none" ? nil : ["id": .string(id)]
            }
            Command("nothing") { (_, _: Parameters) in }
            Command("page") { (_, _: Parameters) -> DataPage<AnyValueMap>? in DataPage([["id": "1"]], total: 1) }
            Command("text") { (_, _: Parameters) -> String? in "abc" }
            Command("number") { (_, _: Parameters) -> Int? in 5 }
            Command("trace") { (context, _: Parameters) -> AnyValueMap? in
                self.contexts.withLock { $0.append(context) }
                return ["trace_id": context.traceId.map(AnyValue.string) ?? .null]
            }
            Command("fail") { (context, arguments: Parameters) -> Void in
                throw ApplicationError(
                    ErrorCategory(rawValue: arguments.getAsString("category")), code: "TEST_CODE", "Test message",
                    traceId: context.traceId, details: ["key": "value"])
            }
            Command("raise") { (_, _: Parameters) -> Void in throw Failure(description: "boom") }
            Command("wait") { (_, _: Parameters) -> Void in
                self.waiting.withLock { $0 += 1 }
                do {
                    while true { try await Task.sleep(for: .seconds(1)) }
                } catch {
                    self.cancelled.withLock { $0 += 1 }
                    throw error
                }
            }
            Command("hold") { (_, _: Parameters) -> String? in
                self.waiting.withLock { $0 += 1 }
                await self.gate.wait()
                try Task.checkCancellation()
                return "held"
            }
            Command("count") { (_, _: Parameters) -> Int? in
                self.count.withLock { count in
                    count += 1
                    return count
                }
            }
        }
    }
}

/// Runs a service that serves ``GRPCCommands`` as `dummy` on a free port of the loopback address.
///
/// - Parameters:
///   - endpoint: further settings of the endpoint, in YAML.
///   - controller: further settings of the controller, in YAML.
///   - others: further components, in YAML.
func withGRPCCommands<Result: Sendable>(
    endpoint: String = "{}", controller: String = "{}", connection: String = "{ host: 127.0.0.1, port: 0 }",
    credential: String = "{}", others: String = "", factories: [any ComponentFactory] = [], clock: VirtualClock? = nil,
    _ body: @Sendable (_ container: Container, _ commands: GRPCCommands, _ port: Int) async throws -> Result
) async throws -> Result {
    let commands = GRPCCommands()
    let yaml = """
        - descriptor: test:service:default:default:1.0
        - descriptor: pip-services:endpoint:grpc:default:1.0
          connection: \(connection)
          credential: \(credential)
          options: \(endpoint)
        - descriptor: pip-services:controller:commandable-grpc:default:1.0
          name: dummy
          dependencies: { service: test:service:*:*:1.0 }
          options: \(controller)
        \(others)
        """
    return try await withContainer(
        yaml: yaml, factories: [Factory("test:service:default:*:1.0") { commands }] + factories, clock: clock
    ) { container in
        let endpoint = try container.references.getOneRequired("*:endpoint:grpc:*:1.0", as: GRPCEndpoint.self)
        return try await body(container, commands, try #require(endpoint.port))
    }
}

/// Runs a client of commands at some addresses.
func withGRPCClient<Result: Sendable>(
    _ ports: [Int], name: String = "dummy", options: String = "{}", protocol: String = "http",
    credential: String = "{}", clock: VirtualClock? = nil,
    _ body: @Sendable (any Client) async throws -> Result
) async throws -> Result {
    let connections = ports.map { "{ protocol: \(`protocol`), host: 127.0.0.1, port: \($0) }" }.joined(separator: ", ")
    let yaml = """
        - descriptor: pip-services:client:commandable-grpc:default:1.0
          name: \(name)
          connections: [\(connections)]
          credential: \(credential)
          options: \(options)
        """
    return try await withContainer(yaml: yaml, clock: clock) { container in
        try await body(try container.references.getOneRequired("*:client:*:*:1.0", as: (any Client).self))
    }
}

/// The error that an operation throws.
func grpcError(_ operation: () async throws -> Void) async -> ApplicationError? {
    do {
        try await operation()
        return nil
    } catch {
        return error as? ApplicationError
    }
}
#endif
