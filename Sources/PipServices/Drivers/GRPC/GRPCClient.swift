#if PIP_GRPC
internal import GRPCCore
internal import GRPCProtobuf
public import SwiftProtobuf

/// Calls the methods of a gRPC service that is defined in a custom `.proto` file (the toolkit's `GrpcClient`).
///
/// A service client wraps one and has a method for each operation:
/// ```swift
/// final class DummiesGRPCClient: Component {
///     private let grpc = GRPCClient(service: "dummies.Dummies")
///
///     func getDummy(_ context: Context, _ id: String) async throws -> Dummy {
///         try await grpc.call(context, "GetDummy", DummyId.with { $0.dummyID = id }, isIdempotent: true)
///     }
/// }
/// ```
/// If an address of the service is unreachable, the call uses the next one. A call is retried only if the peer can't
/// have received it or if it is idempotent. After `options.circuit_failures` consecutive failures, the circuit breaker
/// of an address opens: calls to it fail immediately until a trial call succeeds. Loss and recovery are each logged
/// once. `options.timeout` and the context's deadline limit a call with all its attempts; the remaining time is sent as
/// the call's deadline. See ``ResilienceSettings`` for the limits. Counters: `grpc.<name>.call_time`, `.in_flight`,
/// `.queue_depth`, and `grpc.<host>_<port>.breaker_state` for each address.
///
/// Errors of the service are rethrown with their category, code, message and details; the values of details are
/// strings. Safe to use from any task.
public final class GRPCClient: Component, Openable, Checkable {
    private let service: String
    let settings = GRPCClientSettings()
    private let instruments = Instruments()
    private let resilience = ResilienceSettings()
    private let connection = HTTPConnectionResolver(port: 3000, needsCertificate: false)
    private let meter = DriverMeter("grpc")
    private let random = RandomSlot()
    private let clock = ClockSlot()
    private let opened = Locked<GRPCClientCore?>(nil)
    private let operations: ClientOperations
    private static let closeLimit = Duration.seconds(5)

    /// Creates a client.
    /// - Parameter service: the full name of the service in its `.proto` file, such as `dummies.Dummies`.
    public init(service: String) {
        self.service = service
        operations = ClientOperations(prefix: service)
    }

    /// True while the client is open.
    public var isOpen: Bool { opened.withLock { $0 != nil } }

    /// Resolves the addresses of the service. Opens no connection.
    /// - Throws: the errors of ``HTTPConnectionResolver/resolveEach(_:)``, such as Misconfiguration `WRONG_PROTOCOL`;
    ///   Misconfiguration `BAD_URI` for a URI with a path or a query; `READ_FAILED`, `BAD_CERTIFICATE`, `BAD_KEY_FILE`
    ///   and `NO_SSL_CRT_FILE` for the files of the credential.
    public func open(_ context: Context) async throws {
        let core = GRPCClientCore(
            try targets(context, try await connection.resolveEach(context)), settings, resilience, meter, clock, random)
        opened.withLock { $0 = core }
    }

    /// Checks the addresses and the files of the credential, unless a part of them comes from a discovery service or a
    /// credential store.
    /// - Throws: as ``open(_:)``.
    public func checkConfiguration(_ context: Context) async throws {
        guard !connection.needsLookup else { return }
        _ = try targets(context, try await connection.resolveEach(context))
    }

    /// Closes the connections when the calls in flight have ended, or after 5 seconds.
    public func close(_ context: Context) async throws {
        let core = opened.withLock { core in
            defer { core = nil }
            return core
        }
        await withDiscardingTaskGroup { group in
            for target in core?.targets ?? [] {
                group.addTask { [clock] in await target.close(within: Self.closeLimit, clock: clock()) }
            }
        }
    }

    /// Calls a method with one request and one reply (the toolkit's `call`).
    ///
    /// - Parameters:
    ///   - context: carries the trace id, which is sent along, and the deadline if set.
    ///   - method: the method's name in the `.proto` file.
    ///   - request: the request message.
    ///   - metadata: additional metadata of the call.
    ///   - isIdempotent: true if the call may be executed more than once, so that it can be retried after a failure.
    /// - Throws: the service's ``ApplicationError``; NoResponse errors, see ``HTTPFailure`` and `docs/grpc.md`, if it can't be
    ///   reached; BadRequest `REQUEST_TOO_LARGE`; InvalidState `NOT_OPENED` while the client is not open;
    ///   `CancellationError`.
    public func call<Request: Message & Sendable, Reply: Message & Sendable>(
        _ context: Context, _ method: String, _ request: Request, metadata: [(name: String, value: String)] = [],
        isIdempotent: Bool = false, as type: Reply.Type = Reply.self
    ) async throws -> Reply {
        try await call(
            context, method, request, metadata, isIdempotent: isIdempotent, operation: operations[method],
            finish: { (reply: Reply) in reply })
    }

    /// Calls a method with a stream of requests and one reply.
    /// - Parameter write: writes the requests. The stream ends when `write` returns.
    /// - Throws: the errors of `write`; as ``call(_:_:_:metadata:isIdempotent:as:)``.
    public func clientStream<Request: Message & Sendable, Reply: Message & Sendable>(
        _ context: Context, _ method: String, metadata: [(name: String, value: String)] = [],
        as type: Reply.Type = Reply.self, _ write: @escaping @Sendable (GRPCWriter<Request>) async throws -> Void
    ) async throws -> Reply {
        try await run(
            context, method, metadata, operations[method], isUnary: true, write: write,
            read: { (replies: GRPCMessages<Reply>) in try await Self.reply(replies) }, finish: { $0 })
    }

    /// Calls a method with one request and a stream of replies.
    /// - Parameter read: reads the replies at its own pace. The call ends when `read` returns; unread replies are
    ///   dropped.
    /// - Returns: the result of `read`.
    /// - Throws: the errors of `read`; as ``call(_:_:_:metadata:isIdempotent:as:)``.
    public func serverStream<Request: Message & Sendable, Reply: Message & Sendable, Result: Sendable>(
        _ context: Context, _ method: String, _ request: Request, metadata: [(name: String, value: String)] = [],
        _ read: @escaping @Sendable (GRPCMessages<Reply>) async throws -> Result
    ) async throws -> Result {
        try check(size: try size(of: request), context)
        return try await run(
            context, method, metadata, operations[method], write: { try await $0.write(request) }, read: read,
            finish: { $0 })
    }

    /// Calls a method with a stream of requests and a stream of replies, which are written and read concurrently.
    /// - Parameters:
    ///   - write: writes the requests. The stream of requests ends when `write` returns.
    ///   - read: reads the replies at its own pace. The call ends when `read` returns.
    /// - Returns: the result of `read`.
    /// - Throws: the errors of `write` and `read`; as ``call(_:_:_:metadata:isIdempotent:as:)``.
    public func bidirectional<Request: Message & Sendable, Reply: Message & Sendable, Result: Sendable>(
        _ context: Context, _ method: String, metadata: [(name: String, value: String)] = [],
        write: @escaping @Sendable (GRPCWriter<Request>) async throws -> Void,
        read: @escaping @Sendable (GRPCMessages<Reply>) async throws -> Result
    ) async throws -> Result {
        try await run(
            context, method, metadata, operations[method], write: write, read: read, finish: { $0 })
    }

    // MARK: - Internal

    /// Calls a method with one request and one reply, as part of an operation with another name.
    /// - Parameter finish: converts the reply to the result, as a part of the operation.
    func call<Request: Message & Sendable, Reply: Message & Sendable, Result: Sendable>(
        _ context: Context, _ method: String, _ request: Request, _ metadata: [(name: String, value: String)],
        isIdempotent: Bool, operation: InstrumentedOperation,
        finish: @escaping @Sendable (Reply) throws -> Result
    ) async throws -> Result {
        try check(size: try size(of: request), context)
        return try await run(
            context, method, metadata, operation, isUnary: true, isIdempotent: isIdempotent,
            write: { try await $0.write(request) },
            read: { (replies: GRPCMessages<Reply>) in try await Self.reply(replies) },
            finish: finish)
    }

    /// Returns the only reply of a call.
    /// - Throws: NoResponse `BAD_RESPONSE` if there is no reply or more than one.
    private static func reply<Reply: Sendable>(_ replies: GRPCMessages<Reply>) async throws -> Reply {
        var iterator = replies.makeAsyncIterator()
        guard let reply = try await iterator.next() else {
            throw ApplicationError.connection(code: HTTPFailure.badResponse, "The call was answered without a reply")
        }
        // The status follows the reply.
        guard try await iterator.next() == nil else {
            throw ApplicationError.connection(
                code: HTTPFailure.badResponse, "The call was answered with several replies")
        }
        return reply
    }

    private func run<Request: Message & Sendable, Reply: Message & Sendable, Result: Sendable, Finished>(
        _ context: Context, _ method: String, _ metadata: [(name: String, value: String)],
        _ operation: InstrumentedOperation, isUnary: Bool = false, isIdempotent: Bool = false,
        write: @escaping @Sendable (GRPCWriter<Request>) async throws -> Void,
        read: @escaping @Sendable (GRPCMessages<Reply>) async throws -> Result,
        finish: @escaping @Sendable (Result) throws -> Finished
    ) async throws -> Finished {
        guard let core = opened.current else {
            throw ApplicationError.invalidState(
                code: "NOT_OPENED", "The client is not open", traceId: context.traceId)
        }
        let descriptor = MethodDescriptor(fullyQualifiedService: service, method: method)
        return try await instruments.run(context, operation) {
            try finish(
                try await core.run(
                    context, descriptor, metadata, isUnary: isUnary, isIdempotent: isIdempotent, write: write,
                    read: read))
        }
    }

    private func targets(_ context: Context, _ connections: [ConfigParams]) throws -> [GRPCTarget] {
        try connections.map { connection in
            try GRPCTarget(context, connection, settings: settings) { [resilience, meter] peer, address in
                resilience.makeCircuitBreaker { state in
                    meter.noteBreaker(state, peer: peer)
                    switch state {
                    case .open: meter.noteLoss(of: address, "too many calls in a row failed")
                    case .closed: meter.noteRecovery(of: address)
                    case .halfOpen: break
                    }
                }
            }
        }
    }

    private func size(of message: some Message) throws -> Int {
        guard settings.maxRequest < .max else { return 0 }
        let bytes: [UInt8] = try message.serializedBytes()
        return bytes.count
    }

    private func check(size: Int, _ context: Context) throws(ApplicationError) {
        let limit = settings.maxRequest
        guard size > limit else { return }
        throw .badRequest(
            code: "REQUEST_TOO_LARGE", "The message of the request has \(size) bytes; expected at most \(limit)",
            traceId: context.traceId, details: ["limit": .integer(Int64(limit))]
        ).withStatus(413)
    }
}
#endif
