#if PIP_GRPC
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import GRPCProtobuf
import PipServices
import SwiftProtobuf

/// Calls by gRPC: of a custom service against grpc-swift's server alone, and of a command against the Python edition. Starts
/// of Beacons with and without the driver.
func measureGRPC(_ options: Options, _ folder: WorkFolder, _ table: inout Table) async throws {
    try await measureUnaryCalls(options, &table)
    try await measureCommandsByGRPC(options, folder, &table)
    try measureStartWithGRPC(options, folder, &table)
}

private typealias Text = Google_Protobuf_StringValue
private typealias Channel = GRPCCore.GRPCClient<HTTP2ClientTransport.Posix>

private let service = "bench.Echo"
private let inFlight = 64

private final class EchoController: GRPCController {
    let grpc = GRPCHost()
    let serviceName = service

    var methods: [GRPCMethod] { GRPCMethod.unary("Echo") { (_, text: Text) -> Text in text } }
}

private final class EchoService: Component, Commandable {
    var commands: CommandSet {
        CommandSet { Command("echo") { (_, arguments: Parameters) -> AnyValueMap? in arguments.values } }
    }
}

// MARK: - Unary calls

/// Both servers run in this process, and the same plain client calls them.
private func measureUnaryCalls(_ options: Options, _ table: inout Table) async throws {
    let container = Container("bench", factories: [Factory("bench:controller:grpc:*:1.0") { EchoController() }])
    await container.configure(
        ContainerConfig([
            ComponentConfig(
                Descriptor("pip-services", "endpoint", "grpc", "default", "1.0"),
                ["connection.host": "127.0.0.1", "connection.port": "0"]),
            ComponentConfig(Descriptor("bench", "controller", "grpc", "default", "1.0")),
        ]))
    try await container.open(.empty)
    let endpoint = try container.references.getOneRequired("*:endpoint:grpc:*:1.0", as: GRPCEndpoint.self)
    guard let port = endpoint.port else { throw BenchmarkError("the gRPC endpoint does not listen") }

    let descriptor = MethodDescriptor(fullyQualifiedService: service, method: "Echo")
    var router = RPCRouter<HTTP2ServerTransport.Posix>()
    router.registerHandler(
        forMethod: descriptor, deserializer: ProtobufDeserializer<Text>(), serializer: ProtobufSerializer<Text>()
    ) { request, _ in
        let request = try await ServerRequest(stream: request)
        return StreamingServerResponse(single: ServerResponse(message: request.message))
    }
    let bare = GRPCServer(
        transport: HTTP2ServerTransport.Posix(
            address: .ipv4(host: "127.0.0.1", port: 0), transportSecurity: .plaintext), router: router)
    let serving = Task { try await bare.serve() }
    let address = try await bare.transport.listeningAddress
    guard let barePort = address.ipv4?.port else { throw BenchmarkError("the bare gRPC server does not listen") }

    for (size, name) in [(64, "64 B"), (4096, "4 KB")] {
        var row = Row(
            name: "unary call by gRPC, \(name), \(inFlight) in flight, against grpc-swift alone", unit: "req/s",
            ours: [],
            target: .ratioAtLeast(0.9), cpuTarget: 1.5)
        for round in 0..<options.rounds {
            progress("gRPC, \(name), round \(round + 1) of \(options.rounds)")
            for isOurs in round.isMultiple(of: 2) ? [true, false] : [false, true] {
                let (rate, cpu) = try await load(
                    isOurs ? port : barePort, descriptor, size, seconds: Double(options.roundSeconds))
                if isOurs {
                    row.ours.append(rate)
                    row.oursCPU.append(cpu)
                } else {
                    row.baseline.append(rate)
                    row.baselineCPU.append(cpu)
                }
            }
        }
        table.add(row)
    }
    table.note("rows of unary calls by gRPC: client and server share the process; the CPU columns are of both")
    bare.beginGracefulShutdown()
    try await serving.value
    try await container.close(.empty)
}

private func load(
    _ port: Int, _ descriptor: MethodDescriptor, _ size: Int, seconds: Double
) async throws -> (Double, Double) {
    let channel = Channel(
        transport: try HTTP2ClientTransport.Posix(
            target: .ipv4(address: "127.0.0.1", port: port), transportSecurity: .plaintext))
    let connection = Task { try await channel.runConnections() }
    var text = Text()
    text.value = String(repeating: "x", count: size)
    let request = ClientRequest(message: text)
    @Sendable func call() async throws {
        try await channel.unary(
            request: request, descriptor: descriptor, serializer: ProtobufSerializer<Text>(),
            deserializer: ProtobufDeserializer<Text>(), options: .defaults
        ) { response in
            guard try response.message.value.utf8.count == size else { throw BenchmarkError("a wrong reply") }
        }
    }
    for _ in 0..<200 { try await call() }
    let result = try await rate(seconds: seconds) { try await call() }
    channel.beginGracefulShutdown()
    try await connection.value
    return result
}

/// Calls from 64 tasks: calls per second, and CPU time per call in microseconds.
private func rate(seconds: Double, _ call: @escaping @Sendable () async throws -> Void) async throws -> (Double, Double)
{
    let (start, used) = (ContinuousClock.now, cpuSeconds())
    let end = start + .seconds(seconds)
    let count = try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<inFlight {
            group.addTask {
                var count = 0
                while ContinuousClock.now < end {
                    try await call()
                    count += 1
                }
                return count
            }
        }
        return try await group.reduce(0, +)
    }
    let time = milliseconds(.now - start) / 1000
    return (Double(count) / time, (cpuSeconds() - used) / Double(count) * 1e6)
}

// MARK: - Commands

/// The same client calls the same command of this project and of the Python edition.
private func measureCommandsByGRPC(_ options: Options, _ folder: WorkFolder, _ table: inout Table) async throws {
    let container = Container("bench", factories: [Factory("bench:service:default:*:1.0") { EchoService() }])
    await container.configure(
        ContainerConfig([
            ComponentConfig(Descriptor("bench", "service", "default", "default", "1.0")),
            ComponentConfig(
                Descriptor("pip-services", "endpoint", "grpc", "default", "1.0"),
                ["connection.host": "127.0.0.1", "connection.port": "0"]),
            ComponentConfig(
                Descriptor("pip-services", "controller", "commandable-grpc", "default", "1.0"),
                ["name": "dummy", "dependencies.service": "bench:service:*:*:1.0"]),
        ]))
    try await container.open(.empty)
    let endpoint = try container.references.getOneRequired("*:endpoint:grpc:*:1.0", as: GRPCEndpoint.self)
    let port = try freePort()
    let python = try ChildProcess(
        "python-grpc", [options.python, options.grpcPeer, "edition-server", "\(port)"], in: folder)
    defer { python.stop() }
    var row = Row(
        name: "command by gRPC, \(inFlight) in flight, against the Python edition", unit: "req/s", ours: [],
        target: .ratioAtLeast(10))
    for round in 0..<options.rounds {
        progress("commands by gRPC, round \(round + 1) of \(options.rounds)")
        for isOurs in round.isMultiple(of: 2) ? [true, false] : [false, true] {
            let rate = try await loadCommands(isOurs ? endpoint.port ?? 0 : Int(port), Double(options.roundSeconds))
            if isOurs { row.ours.append(rate) } else { row.baseline.append(rate) }
        }
    }
    table.add(row)
    try await container.close(.empty)
}

private func loadCommands(_ port: Int, _ seconds: Double) async throws -> Double {
    let container = Container("bench-client", factories: [])
    await container.configure(
        ContainerConfig([
            ComponentConfig(
                Descriptor("pip-services", "client", "commandable-grpc", "default", "1.0"),
                [
                    "name": "dummy", "connection.host": "127.0.0.1", "connection.port": "\(port)",
                    "options.retries": "100", "options.retry_budget": "0", "options.circuit_failures": "0",
                ])
        ]))
    try await container.open(.empty)
    let client = try container.references.getOneRequired("*:client:*:*:1.0", as: (any Client).self)
    let (rate, _) = try await rate(seconds: seconds) {
        let echo: AnyValueMap? = try await client.callCommand(.empty, "echo", ["id": "beacon-1"])
        guard echo?["id"] == "beacon-1" else { throw BenchmarkError("a wrong result") }
    }
    try await container.close(.empty)
    return rate
}

// MARK: - Starts

private func measureStartWithGRPC(_ options: Options, _ folder: WorkFolder, _ table: inout Table) throws {
    guard let other = options.beaconsWithGRPC else {
        return table.note("group grpc: without --beacons-grpc, starts with and without the driver are not compared")
    }
    var with = options
    with.beacons = other
    var row = Row(
        name: "process start to first answer, with the gRPC driver against without", unit: "ms", ours: [],
        target: .ratioAtMost(1.25))
    for round in 0..<options.starts {
        progress("start with gRPC \(round + 1) of \(options.starts)")
        for hasDriver in round.isMultiple(of: 2) ? [true, false] : [false, true] {
            let server = try Server.beacons(hasDriver ? with : options, logLevel: "info", in: folder)
            defer { server.process.stop() }
            try server.waitForFirstAnswer(pause: 100)
            let time = milliseconds(.now - server.process.started)
            if hasDriver { row.ours.append(time) } else { row.baseline.append(time) }
        }
    }
    table.add(row)
}
#endif
