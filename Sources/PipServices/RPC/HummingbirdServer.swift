#if PIP_HTTP
import FoundationEssentials
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import HummingbirdHTTP2
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import ServiceLifecycle
import Synchronization

/// An ``HTTPServer`` on Hummingbird.
final class HummingbirdServer: HTTPServer {
    private struct Running: Sendable {
        let group: ServiceGroup
        let task: Task<Void, any Error>
        let gate: ConnectionGate
    }

    private let configuration: HTTPServerConfiguration
    private let running = Locked<Running?>(nil)

    init(_ configuration: HTTPServerConfiguration) { self.configuration = configuration }

    static func warmUp() {
        // Hummingbird dates its responses; the first use of a calendar reads the time zones, which takes longest.
        Task.detached { _ = Calendar(identifier: .gregorian).component(.year, from: Date(timeIntervalSince1970: 0)) }
        Task.detached { _ = try? await MultiThreadedEventLoopGroup.singleton.any().submit {}.get() }
    }

    func start() async throws -> Int {
        let (ports, port) = AsyncThrowingStream<Int, any Error>.makeStream()
        var logger = Logging.Logger(label: "hummingbird") { [configuration] label in
            BridgedLogHandler(label: label, logger: configuration.logger)
        }
        // At `info` the server says what the endpoint says too.
        logger.logLevel = configuration.logger.level >= .debug ? max(.debug, logger.logLevel) : .notice
        let gate = ConnectionGate(configuration.limits)
        let application = Application(
            responder: Responder(configuration), server: try serverBuilder(gate),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port), reuseAddress: true),
            onServerRunning: { channel in
                // Four by default: a loop that has much to do would let few in.
                _ = try? await channel.setOption(.maxMessagesPerRead, value: 256).get()
                port.yield(channel.localAddress?.port ?? 0)
            },
            logger: logger)
        let group = ServiceGroup(
            configuration: .init(services: [application], gracefulShutdownSignals: [], logger: logger))
        let task = Task {
            do {
                try await group.run()
                port.finish()
            } catch {
                port.finish(throwing: error)
                throw error
            }
        }
        for try await number in ports {
            running.withLock { $0 = Running(group: group, task: task, gate: gate) }
            return number
        }
        throw CancellationError()
    }

    private func serverBuilder(_ gate: ConnectionGate) throws -> HTTPServerBuilder {
        let (limits, logger) = (configuration.limits, configuration.logger)
        let decoder = HTTP1Channel.Configuration.DecoderConfiguration(
            maxHeaderFieldSize: limits.headerSize, maxHeaderListSize: limits.headerSize, maxHeaderFieldCount: 1000)
        guard let tls = configuration.tls else {
            let channel = HTTP1Channel.Configuration(
                additionalChannelHandlers: [HTTP1RequestGuard(limits, logger)], httpDecoderConfiguration: decoder)
            return HTTPServerBuilder { responder in
                GuardedChannel(HTTP1Channel(responder: responder, configuration: channel), gate)
            }
        }
        let channel = HTTP1Channel.Configuration(
            additionalChannelHandlers: [SecureRequestGuard(limits, logger)], httpDecoderConfiguration: decoder)
        let settings = HTTP2ChannelConfiguration(
            idleTimeout: limits.idleTimeout, gracefulCloseTimeout: .seconds(30), streamConfiguration: channel)
        let certificate = try tls.configuration()
        return HTTPServerBuilder { responder in
            GuardedChannel(
                try HTTP2UpgradeChannel(
                    tlsConfiguration: certificate, configuration: settings, responder: responder),
                gate, isSecure: true)
        }
    }

    func stop() async {
        guard
            let server = running.withLock({ running in
                defer { running = nil }
                return running
            })
        else { return }
        await server.group.triggerGracefulShutdown()
        // Who waits no longer lets go of the requests in flight.
        await withTaskCancellationHandler {
            _ = await server.task.result
        } onCancel: {
            // First: NIO holds it against a stream that begins when its task is cancelled, and ends the process.
            server.gate.closeAll()
            server.task.cancel()
        }
    }
}

/// Turns Hummingbird's requests into the toolkit's, and back.
private struct Responder: HTTPResponder {
    struct Context: InitializableFromSource {
        let channel: any Channel
        init(source: ApplicationRequestContextSource) { channel = source.channel }
    }

    private let configuration: HTTPServerConfiguration
    /// The fields of all responses.
    private let headers: HTTPFields
    private let turns = Turns()
    private let bodies: BodyBudget

    init(_ configuration: HTTPServerConfiguration) {
        self.configuration = configuration
        bodies = BodyBudget(limit: configuration.limits.bodiesSize)
        headers = HTTPFields(configuration.headers)
    }

    func respond(to request: Request, context: Context) async throws -> Response {
        let origin = RequestOrigin(request.head, context.channel, isSecure: configuration.tls != nil)
        var rest = RestRequest(
            HTTPMethod(rawValue: request.method.rawValue), request.head.path ?? "/",
            headers: RestHeaders(find: { origin.value(of: $0) }, list: { origin.fields }),
            body: RestBody(
                RestBodySource(
                    limit: configuration.limits.bodySize, budget: bodies,
                    length: origin.value(of: "content-length").flatMap { Int($0) },
                    stream: { take in try await Self.read(request.body, take) })))
        rest.connection = { origin.connection }
        await turns.take()
        let response = await configuration.handler(rest)
        var head = headers
        var replaced: [HTTPField.Name] = []
        for (name, value) in response.headers {
            // Making a name means checking it: not for what nearly every response has.
            guard let name = name == "Content-Type" ? .contentType : HTTPField.Name(name) else { continue }
            // The first replaces what all responses have; there may be several of a name.
            if headers.contains(name), !replaced.contains(name) {
                replaced.append(name)
                head[values: name] = [value]
            } else {
                head.append(HTTPField(name: name, value: value))
            }
        }
        return Response(status: .init(code: response.status), headers: head, body: Self.body(of: response))
    }

    @inline(__always)
    private static func read(_ body: RequestBody, _ take: ([UInt8]) async throws -> Void) async throws {
        var pieces = body.makeAsyncIterator()
        while true {
            let piece: ByteBuffer?
            do {
                piece = try await pieces.next()
            } catch let error where !(error is CancellationError) {
                // What it is in the end is the client's doing: no chunks, or it has gone.
                throw ApplicationError.badRequest(
                    code: "BROKEN_BODY", "The request's body does not come in full", cause: error)
            }
            guard let piece else { return }
            try await take(Array(piece.readableBytesView))
        }
    }

    private static func body(of response: RestResponse) -> ResponseBody {
        guard let write = response.writer else {
            return response.body.isEmpty ? .init() : .init(byteBuffer: ByteBuffer(bytes: response.body))
        }
        return ResponseBody { writer in
            // An empty piece would end a chunked body.
            try await write { if !$0.isEmpty { try await writer.write(ByteBuffer(bytes: $0)) } }
            try await writer.finish(nil)
        }
    }
}

/// Where a request came from: what few requests are asked for is read where the server keeps it.
private final class RequestOrigin: Sendable {
    private let head: HTTPRequest
    private let channel: any Channel
    private let isSecure: Bool

    init(_ head: HTTPRequest, _ channel: any Channel, isSecure: Bool) {
        self.head = head
        self.channel = channel
        self.isSecure = isSecure
    }

    var fields: [(name: String, value: String)] { head.headerFields.map { ($0.name.rawName, $0.value) } }

    /// The value of a field by its name without capitals, several joined as HTTP says.
    func value(of name: String) -> String? {
        var joined: String?
        for field in head.headerFields where field.name.canonicalName == name {
            joined = joined.map { $0 + (name == "cookie" ? "; " : ", ") + field.value } ?? field.value
        }
        return joined
    }

    var connection: RestConnection {
        // A stream of HTTP/2 has no addresses of its own.
        let channel = channel.remoteAddress == nil ? channel.parent ?? channel : channel
        return RestConnection(
            remoteAddress: channel.remoteAddress?.ipAddress, localAddress: channel.localAddress?.ipAddress,
            isSecure: isSecure, host: head.authority)
    }
}

/// Lets others have their turn. A connection with many requests at once need not wait for anything in between: its task
/// would keep a thread as long as there are any.
private final class Turns: Sendable {
    private let count = Atomic<Int>(0)

    func take() async {
        if count.wrappingAdd(1, ordering: .relaxed).newValue % 8 == 0 { await Task.yield() }
    }
}

extension HTTPFields {
    fileprivate init(_ fields: [(name: String, value: String)]) {
        self.init()
        for (name, value) in fields {
            guard let name = HTTPField.Name(name) else { continue }
            // Of a constant nobody counts, on all threads, who uses it.
            self[name == .accessControlAllowOrigin ? .accessControlAllowOrigin : name] = value
        }
    }
}
#endif
