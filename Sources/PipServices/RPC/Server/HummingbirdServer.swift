#if PIP_HTTP
import Glibc
internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import ServiceLifecycle

/// An ``HTTPServer`` that is built on Hummingbird.
final class HummingbirdServer: HTTPServer {
    private struct Running: Sendable {
        let group: ServiceGroup
        let task: Task<Void, any Error>
        let gate: ConnectionGate
        /// The task that checks the certificate files.
        let renewal: Task<Void, Never>?
    }

    private let configuration: HTTPServerConfiguration
    private let running = Locked<Running?>(nil)

    init(_ configuration: HTTPServerConfiguration) { self.configuration = configuration }

    func start() async throws -> Int {
        let (ports, port) = AsyncThrowingStream<Int, any Error>.makeStream()
        let logger = logger
        let gate = ConnectionGate(configuration.limits)
        let tls = try configuration.tls.map { try RenewableTLS($0) }
        let application = Application(
            responder: HummingbirdResponder(configuration), server: serverBuilder(gate, tls),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port), reuseAddress: true),
            onServerRunning: { channel in
                // The default of 4 connections per read is too low for a busy event loop.
                _ = try? await channel.setOption(.maxMessagesPerRead, value: 256).get()
                _ = try? await channel.eventLoop.submit { CloseOnExec.set(channel) }.get()
                CloseOnExec.setEpolls()
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
        // Detached: renewals do not belong to the operation that starts the server.
        let renewal = tls.map { tls in
            Task.detached { [clock = configuration.clock, logger = configuration.logger] in
                await tls.follow(clock: clock, logger: logger)
            }
        }
        let server = Running(group: group, task: task, gate: gate, renewal: renewal)
        do {
            for try await number in ports {
                try Task.checkCancellation()
                running.withLock { $0 = server }
                return number
            }
            throw CancellationError()
        } catch {
            await abandon(server)
            throw (error as? IOError).map { SystemFailure(description: String(cString: strerror($0.errnoCode))) }
                ?? error
        }
    }

    func stop() async {
        guard
            let server = running.withLock({ running in
                defer { running = nil }
                return running
            })
        else { return }
        server.renewal?.cancel()
        await server.group.triggerGracefulShutdown()
        // A caller that stops waiting abandons the requests in flight.
        await withTaskCancellationHandler {
            _ = await server.task.result
        } onCancel: {
            // First: NIO traps if an HTTP/2 stream begins after its task was cancelled.
            server.gate.closeAll()
            server.task.cancel()
        }
    }

    // MARK: - Internal

    /// Stops a server whose start failed or was cancelled. Waits at most 5 seconds.
    private func abandon(_ server: Running) async {
        server.renewal?.cancel()
        await server.group.triggerGracefulShutdown()
        // In its own task, because a cancelled caller cannot wait. Limited, because host name resolution cannot be
        // cancelled: the server then stops when it has an address.
        let end = Task { try await withTimeout(.seconds(5), clock: SystemClock()) { _ = await server.task.result } }
        if (try? await end.value) != nil { return }
        server.gate.closeAll()
        server.task.cancel()
    }

    private var logger: Logging.Logger {
        var logger = Logging.Logger(label: "hummingbird") { [configuration] label in
            BridgedLogHandler(label: label, logger: configuration.logger)
        }
        // At `info`, the server repeats the endpoint's log messages.
        logger.logLevel = configuration.logger.level >= .debug ? max(.debug, logger.logLevel) : .notice
        return logger
    }

    private func serverBuilder(_ gate: ConnectionGate, _ tls: RenewableTLS?) -> HTTPServerBuilder {
        let limits = configuration.limits
        guard let tls else {
            return HTTPServerBuilder { responder in PlainChannel(limits, gate, responder) }
        }
        return HTTPServerBuilder { responder in SecureChannel(limits, gate, { tls.context }, responder) }
    }
}

/// A system error with the C library's description. NIO's description names the call and has an unbalanced bracket.
private struct SystemFailure: Error, CustomStringConvertible {
    let description: String
}
#endif
