#if PIP_GRPC
import FoundationEssentials
internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
internal import NIOCertificateReloading

/// One address of a service, with its connection and its circuit breaker. The first call opens the connection, which is
/// re-established until the target is closed.
final class GRPCTarget: Sendable {
    typealias Channel = GRPCCore.GRPCClient<HTTP2ClientTransport.Posix>

    /// The protocol, host and port.
    let address: String
    let breaker: CircuitBreaker
    /// The value of `authorization`; nil for none.
    let authorization: String?

    private struct Running: Sendable {
        let channel: Channel
        let task: Task<Void, Never>
    }

    private enum State: Sendable {
        case idle
        case running(Running)
        case closed
    }

    private let state = Locked(State.idle)
    private let makeTransport: @Sendable () throws -> HTTP2ClientTransport.Posix

    /// - Parameter connection: an address returned by ``HTTPConnectionResolver/resolveEach(_:)``.
    /// - Throws: Misconfiguration `BAD_URI`, `BAD_CERTIFICATE`, `BAD_KEY_FILE` or `NO_SSL_CRT_FILE`; FileError `READ_FAILED`.
    init(
        _ context: Context, _ connection: ConfigParams, settings: GRPCClientSettings,
        breaker: (_ peer: String, _ address: String) -> CircuitBreaker
    ) throws(ApplicationError) {
        try CredentialFiles.check(context, connection)
        let params = ConnectionParams(connection)
        let uri = ConnectionURI(params.uri ?? "")
        func bad(_ what: String) -> ApplicationError {
            .config(
                code: "BAD_URI", key: "connection.uri",
                "The URI of the connection to '\(params.host ?? "")' \(what); expected "
                    + "protocol://user:password@host:port", traceId: context.traceId)
        }
        guard uri.query.isEmpty, (uri.path ?? "").parts(separatedBy: "/", omittingEmpty: true).isEmpty else {
            throw bad("has a path or a query, which gRPC does not know")
        }
        let (name, host, port) = (params.protocol ?? "http", params.host ?? "localhost", params.port ?? 3000)
        address = "\(name)://\(ConnectionURI.bracketed(host)):\(port)"
        self.breaker = breaker("\(host)_\(port)", address)
        if uri.username != nil || uri.password != nil {
            let user = uri.username ?? ""
            guard !user.contains(scalar: ":") else { throw bad("has a user with a colon, which HTTP cannot send") }
            authorization = "Basic " + Data("\(user):\(uri.password ?? "")".utf8).base64EncodedString()
        } else {
            authorization = nil
        }
        let security = name.isSame(as: "https") ? Self.security(connection) : .plaintext
        let config = settings.transport
        makeTransport = {
            let target: any ResolvableTarget =
                IPAddress(host) == nil
                ? .dns(host: host, port: port)
                : host.contains(scalar: ":")
                    ? .ipv6(address: host, port: port) : .ipv4(address: host, port: port)
            return try HTTP2ClientTransport.Posix(target: target, transportSecurity: security, config: config)
        }
    }

    deinit {
        // The client was not closed.
        if case .running(let running) = state.current { running.task.cancel() }
    }

    /// Returns the channel that sends the calls.
    /// - Throws: InvalidState `NOT_OPENED` after ``close()``; NoResponse `TLS_FAILED` for files that TLS rejects.
    func channel(_ context: Context) throws(ApplicationError) -> Channel {
        try state.withLock { state throws(ApplicationError) in
            switch state {
            case .running(let running): return running.channel
            case .closed:
                throw .invalidState(code: "NOT_OPENED", "The client is not open", traceId: context.traceId)
            case .idle:
                let transport: HTTP2ClientTransport.Posix
                do {
                    transport = try makeTransport()
                } catch {
                    throw .connection(
                        code: HTTPFailure.tlsFailed, "\(address): the connection can't be set up",
                        traceId: context.traceId, details: ["url": .string(address)], cause: error)
                }
                let channel = Channel(transport: transport, interceptors: [GRPCSendMarker()])
                // Detached, because the connection outlives the call that opened it.
                let task = Task.detached { _ = try? await channel.runConnections() }
                state = .running(Running(channel: channel, task: task))
                return channel
            }
        }
    }

    /// Closes the connection when its calls have ended, or after `limit`.
    func close(within limit: Duration, clock: any ClockSource) async {
        let running = state.withLock { state -> Running? in
            defer { state = .closed }
            if case .running(let running) = state { return running }
            return nil
        }
        guard let running else { return }
        running.channel.beginGracefulShutdown()
        let end = Task { try await withTimeout(limit, clock: clock) { await running.task.value } }
        if (try? await end.value) == nil { running.task.cancel() }
    }

    // MARK: - Internal

    private static func security(_ connection: ConfigParams) -> HTTP2ClientTransport.Posix.TransportSecurity {
        .tls { tls in
            if let path = connection.text("ssl_ca_file") {
                tls.trustRoots = .certificates([.file(path: path, format: .pem)])
            }
            if let path = connection.text("ssl_crt_file") {
                tls.certificateChain = [.file(path: path, format: .pem)]
            }
            if let path = connection.text("ssl_key_file") { tls.privateKey = .file(path: path, format: .pem) }
            if let certificate = connection.text("ssl_crt_file"), let key = connection.text("ssl_key_file") {
                tls.certificateReloader = GRPCClientCertificates(certificateFile: certificate, keyFile: key)
            }
        }
    }
}
#endif
