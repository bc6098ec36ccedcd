#if PIP_GRPC
import PipServices
public import SwiftProtobuf

/// Calls methods of a gRPC service in a container of the same process, over a socket (the toolkit's `TestGrpcClient`).
///
/// ```swift
/// let client = try await TestGRPCClient(container, service: "dummies.Dummies")
/// let dummy: Dummy = try await client.call("GetDummy", DummyId.with { $0.dummyID = "1" })
/// await client.close()
/// ```
public final class TestGRPCClient: Sendable {
    /// The client, for all kinds of calls.
    public let client: GRPCClient
    private let container: Container

    /// Creates a client for the endpoint of a container, which must be open. If there are several, it uses the last one
    /// of the configuration.
    ///
    /// - Parameters:
    ///   - service: the full name of the service in its `.proto` file.
    ///   - options: the client's settings, such as `options.timeout`.
    /// - Throws: Internal `REF_ERROR` if there is no endpoint; InvalidState `NOT_OPENED` if it does not listen.
    public init(_ container: Container, service: String, options: ConfigParams = [:]) async throws {
        let (own, client) = try await TestGRPCContainer.open(
            GRPCClient(service: service), of: container, "test:client:grpc:default:1.0", options)
        (self.container, self.client) = (own, client)
    }

    /// Calls a method with one request and one reply.
    /// - Throws: as ``GRPCClient/call(_:_:_:metadata:isIdempotent:as:)``.
    public func call<Request: Message & Sendable, Reply: Message & Sendable>(
        _ method: String, _ request: Request, metadata: [(name: String, value: String)] = [],
        context: Context = .empty, as type: Reply.Type = Reply.self
    ) async throws -> Reply {
        try await client.call(context, method, request, metadata: metadata)
    }

    /// Closes the connection.
    public func close() async { try? await container.close(.empty) }
}

/// Calls commands that a container in the same process exposes by gRPC, over a socket (the toolkit's
/// `TestCommandableGrpcClient`).
///
/// ```swift
/// let client = try await TestCommandableGRPCClient(container, name: "beacons")
/// let beacon: Beacon? = try await client.callCommand("get_beacon_by_id", ["beacon_id": "1"])
/// await client.close()
/// ```
public final class TestCommandableGRPCClient: Sendable {
    /// The client.
    public let client: CommandableGRPCClient
    private let container: Container

    /// Creates a client for the endpoint of a container, which must be open. If there are several, it uses the last one
    /// of the configuration.
    ///
    /// - Parameters:
    ///   - name: the prefix of the command names.
    ///   - options: the client's settings, such as `options.timeout`.
    /// - Throws: as ``TestGRPCClient/init(_:service:options:)``.
    public init(_ container: Container, name: String = "", options: ConfigParams = [:]) async throws {
        let (own, client) = try await TestGRPCContainer.open(
            CommandableGRPCClient(name: name), of: container, "test:client:commandable-grpc:default:1.0", options)
        (self.container, self.client) = (own, client)
    }

    /// Calls a command.
    /// - Throws: as ``Client/callCommand(_:_:_:as:)``.
    public func callCommand<Value: Codable & Sendable>(
        _ name: String, _ arguments: Parameters = Parameters(), context: Context = .empty,
        as type: Value.Type = Value.self
    ) async throws -> Value? {
        try await client.callCommand(context, name, arguments, as: type)
    }

    /// Closes the connection.
    public func close() async { try? await container.close(.empty) }
}

/// The container of a test client.
private enum TestGRPCContainer {
    static func open<Client: Component>(
        _ client: Client, of served: Container, _ descriptor: String, _ options: ConfigParams
    ) async throws -> (Container, Client) {
        let endpoint = try served.references.getOneRequired("*:endpoint:grpc:*:1.0", as: GRPCEndpoint.self)
        guard let port = endpoint.port else {
            throw ApplicationError.invalidState(code: "NOT_OPENED", "The gRPC endpoint does not listen")
        }
        var config: ConfigParams = ["descriptor": descriptor, "connection.host": "127.0.0.1"]
        config["connection.port"] = "\(port)"
        let locator = Locator(descriptor)
        let container = Container(
            "test-client", factories: [Factory().register(locator) { client }])
        await container.configure(
            ContainerConfig([try ComponentConfig(config.override(options))]))
        try await container.open(.empty)
        return (container, client)
    }
}
#endif
