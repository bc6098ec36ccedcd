#if PIP_GRPC
internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
import Glibc

/// A running transport that listens on a socket.
final class GRPCListener: Sendable {
    private let transport: HTTP2ServerTransport.Posix
    private let task: Task<Void, any Error>
    /// Reloads changed certificate files.
    private let renewal: Task<Void, Never>?
    /// The port; chosen by the system for port 0.
    let port: Int

    /// Starts listening.
    /// - Parameter renewal: reloads changed certificate files until its task is cancelled; nil without TLS.
    /// - Throws: the error of the system if the address is not available; `CancellationError`.
    init(
        host: String, port: Int, security: HTTP2ServerTransport.Posix.TransportSecurity, limits: GRPCLimits,
        methods: [MethodDescriptor], renewal: (@Sendable () async -> Void)?, handler: @escaping GRPCCapture.Handler
    ) async throws {
        let address = try await Self.address(host, port)
        let transport = HTTP2ServerTransport.Posix(
            address: address, transportSecurity: security, config: limits.transport)
        var context = GRPCServerContext()
        context.methods = methods
        transport.configure(context: context)
        // Detached, because calls must not inherit task-local values of the operation that starts the server.
        let task = Task.detached { try await transport.listen(streamHandler: handler) }
        self.transport = transport
        self.task = task
        do {
            let bound = try await transport.listeningAddress
            CloseOnExec.setEpolls()
            self.port = bound.ipv4?.port ?? bound.ipv6?.port ?? port
            try Task.checkCancellation()
            self.renewal = renewal.map { renewal in Task.detached { await renewal() } }
        } catch {
            transport.beginGracefulShutdown()
            task.cancel()
            // The transport reports only that it does not listen; its task throws the reason.
            if case .failure(let reason) = await task.result, !(reason is CancellationError) { throw reason }
            throw error
        }
    }

    /// Stops accepting connections, and waits until the calls in flight have ended. If the task is cancelled, they are
    /// cancelled too.
    func stop() async {
        renewal?.cancel()
        transport.beginGracefulShutdown()
        await withTaskCancellationHandler {
            _ = await task.result
        } onCancel: {
            task.cancel()
        }
    }

    // MARK: - Internal

    /// Returns the address to bind; resolves a host name.
    private static func address(_ host: String, _ port: Int) async throws -> SocketAddress {
        if IPAddress(host) != nil {
            return host.contains(scalar: ":") ? .ipv6(host: host, port: port) : .ipv4(host: host, port: port)
        }
        let found: Result<[HostAddress], HostFailure> = try await withCheckedThrowingContinuation { continuation in
            do {
                try OwnThread.start {
                    continuation.resume(
                        returning: Result { () throws(HostFailure) in
                            try HostResolver.shared.addresses(of: host, port: port, within: .seconds(10))
                        })
                }
            } catch {
                continuation.resume(throwing: error)
            }
        }
        guard let first = try found.get().first else { throw HostFailure(reason: "the host has no address") }
        if first.family == AF_INET, first.bytes.count >= 8 {
            return .ipv4(host: first.bytes[4..<8].map { "\($0)" }.joined(separator: "."), port: port)
        }
        guard first.bytes.count >= 24 else { throw HostFailure(reason: "the host has no address of IP") }
        let groups = stride(from: 8, to: 24, by: 2).map {
            String(UInt16(first.bytes[$0]) << 8 | UInt16(first.bytes[$0 + 1]), radix: 16)
        }
        return .ipv6(host: groups.joined(separator: ":"), port: port)
    }
}
#endif
