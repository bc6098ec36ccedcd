#if PIP_HTTP
import FoundationEssentials
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import ServiceLifecycle

/// An ``HTTPServer`` on Hummingbird.
final class HummingbirdServer: HTTPServer {
    private struct Running: Sendable {
        let group: ServiceGroup
        let task: Task<Void, any Error>
    }

    private let configuration: HTTPServerConfiguration
    private let running = Locked<Running?>(nil)

    init(_ configuration: HTTPServerConfiguration) { self.configuration = configuration }

    static func warmUp() {
        Task.detached {
            _ = try? await MultiThreadedEventLoopGroup.singleton.any().submit {}.get()
            // Hummingbird dates its responses; the first use of a calendar reads the time zones.
            _ = Calendar(identifier: .gregorian).component(.year, from: Date(timeIntervalSince1970: 0))
        }
    }

    func start() async throws -> Int {
        let (ports, port) = AsyncThrowingStream<Int, any Error>.makeStream()
        var logger = Logging.Logger(label: "hummingbird") { [configuration] label in
            BridgedLogHandler(label: label, logger: configuration.logger)
        }
        // At `info` the server says what the endpoint says too.
        logger.logLevel = configuration.logger.level >= .debug ? max(.debug, logger.logLevel) : .notice
        let application = Application(
            responder: Responder(configuration),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port), reuseAddress: true),
            onServerRunning: { channel in port.yield(channel.localAddress?.port ?? 0) },
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
            running.withLock { $0 = Running(group: group, task: task) }
            return number
        }
        throw CancellationError()
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
            server.task.cancel()
        }
    }
}

/// Turns Hummingbird's requests into the toolkit's, and back.
private struct Responder: HTTPResponder {
    struct Context: InitializableFromSource {
        init(source: ApplicationRequestContextSource) {}
    }

    private let configuration: HTTPServerConfiguration
    private let headers: HTTPFields

    init(_ configuration: HTTPServerConfiguration) {
        self.configuration = configuration
        headers = HTTPFields(configuration.headers)
    }

    func respond(to request: Request, context: Context) async throws -> Response {
        let fields = request.head.headerFields
        let rest = RestRequest(
            HTTPMethod(rawValue: request.method.rawValue), request.head.path ?? "/",
            headers: RestHeaders(
                find: { name in HTTPField.Name(name).flatMap { fields[$0] } },
                list: { fields.map { ($0.name.rawName, $0.value) } }),
            body: RestBody { [limit = configuration.maxBodySize] in
                try await Self.collect(request, limit: limit)
            })
        let response = await configuration.handler(rest)
        var head = headers
        for (name, value) in response.headers {
            if let name = HTTPField.Name(name) { head[name] = value }
        }
        return Response(
            status: .init(code: response.status), headers: head,
            body: response.body.isEmpty ? .init() : .init(byteBuffer: ByteBuffer(bytes: response.body)))
    }

    private static func collect(_ request: Request, limit: Int) async throws -> [UInt8] {
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit {
            throw RestBody.tooLarge(limit: limit)
        }
        var bytes: [UInt8] = []
        for try await buffer in request.body {
            guard bytes.count + buffer.readableBytes <= limit else { throw RestBody.tooLarge(limit: limit) }
            bytes.append(contentsOf: buffer.readableBytesView)
        }
        return bytes
    }
}

extension HTTPFields {
    fileprivate init(_ fields: [(name: String, value: String)]) {
        self.init()
        for (name, value) in fields {
            if let name = HTTPField.Name(name) { self[name] = value }
        }
    }
}
#endif
