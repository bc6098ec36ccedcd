#if PIP_GRPC
internal import GRPCCore
internal import GRPCProtobuf
internal import SwiftProtobuf

/// Executes the calls of an open client: bulkhead, retries, the choice of an address, its circuit breaker and timeouts.
final class GRPCClientCore: Sendable {
    let targets: [GRPCTarget]
    private let rotation: AddressRotation
    private let bulkhead: Bulkhead
    private let policy: RetryPolicy
    private let budget: RetryBudget
    private let timeout: Duration?
    private let attemptTimeout: Duration?
    private let connectTimeout: Duration?
    private let fairTime: Duration
    private let maxResponse: Int
    private let meter: DriverMeter
    private let clock: any ClockSource
    private let random: any RandomSource

    init(
        _ targets: [GRPCTarget], _ settings: GRPCClientSettings, _ resilience: ResilienceSettings,
        _ meter: DriverMeter, _ clock: ClockSlot, _ random: RandomSlot
    ) {
        self.targets = targets
        self.meter = meter
        self.clock = clock()
        self.random = random()
        rotation = AddressRotation(count: targets.count, clock: clock(), random: random())
        bulkhead = resilience.makeBulkhead()
        policy = resilience.retryPolicy
        budget = resilience.makeRetryBudget()
        timeout = resilience.timeout
        attemptTimeout = resilience.attemptTimeout
        connectTimeout = settings.connectTimeout
        fairTime = min(resilience.fairTime, settings.connectTimeout ?? .never)
        maxResponse = settings.maxResponse
    }

    func run<Request: Message & Sendable, Reply: Message & Sendable, Result: Sendable>(
        _ context: Context, _ method: MethodDescriptor, _ metadata: [(name: String, value: String)],
        isUnary: Bool, isIdempotent: Bool, write: @escaping @Sendable (GRPCWriter<Request>) async throws -> Void,
        read: @escaping @Sendable (GRPCMessages<Reply>) async throws -> Result
    ) async throws -> Result {
        var context = context
        if let timeout { context.deadline = context.earlier(clock.uptime.adding(timeout: timeout)) }
        let name = method.fullyQualifiedMethod
        do {
            return try await meter.measure(queueDepth: bulkhead.waiting) { [context] in
                try await bulkhead.run(context, name: name) {
                    try await policy.run(
                        clock: clock, random: random, deadline: context.deadline, budget: budget,
                        retryAfter: { Self.mayRepeat($0, isIdempotent: isIdempotent) ? .zero : nil },
                        { _ in
                            try await send(
                                context, method, fields(context, metadata), isUnary: isUnary, write: write, read: read)
                        })
                }
            }
        } catch let failure as GRPCAttemptError {
            throw GRPCFailure.error(failure, name, context)
        }
    }

    // MARK: - Internal

    private static func mayRepeat(_ error: any Error, isIdempotent: Bool) -> Bool {
        guard let failure = error as? GRPCAttemptError else { return false }
        return (isIdempotent || !failure.isSent) && GRPCFailure.isTransient(failure)
    }

    /// Sends a call to the next reachable address.
    private func send<Request: Message & Sendable, Reply: Message & Sendable, Result: Sendable>(
        _ context: Context, _ method: MethodDescriptor, _ fields: Metadata, isUnary: Bool,
        write: @escaping @Sendable (GRPCWriter<Request>) async throws -> Void,
        read: @escaping @Sendable (GRPCMessages<Reply>) async throws -> Result
    ) async throws -> Result {
        var last: (any Error)?
        let order = rotation.order()
        for (place, index) in order.enumerated() {
            do {
                let result = try await pass(
                    context, method, fields, targets[index], share: order.count - place, isUnary: isUnary,
                    write: write, read: read)
                if order.count > 1 { rotation.note(index, isReachable: true) }
                return result
            } catch let failure as GRPCAttemptError where !failure.isSent {
                rotation.note(index, isReachable: false)
                last = failure
            } catch let error as ApplicationError where error.code == HTTPFailure.circuitOpen {
                rotation.note(index, isReachable: false)
                last = error
            }
        }
        throw last
            ?? ApplicationError.config(
                code: "NO_CONNECTION", "There is no address to call", traceId: context.traceId)
    }

    /// Sends a call to an address, unless its circuit breaker is open.
    /// - Parameter share: the number of remaining addresses, which share the time for connecting.
    private func pass<Request: Message & Sendable, Reply: Message & Sendable, Result: Sendable>(
        _ context: Context, _ method: MethodDescriptor, _ fields: Metadata, _ target: GRPCTarget, share: Int,
        isUnary: Bool, write: @escaping @Sendable (GRPCWriter<Request>) async throws -> Void,
        read: @escaping @Sendable (GRPCMessages<Reply>) async throws -> Result
    ) async throws -> Result {
        guard let permit = target.breaker.tryPass() else {
            throw ApplicationError.connection(
                code: HTTPFailure.circuitOpen,
                "\(target.address) failed several times in a row and is left alone for a while",
                traceId: context.traceId, details: ["url": .string(target.address)])
        }
        let start = clock.uptime
        let attempt = GRPCAttempt()
        do {
            let result = try await tryOnce(attempt, context, method, fields, target, share, write: write, read: read)
            target.breaker.record(.success, of: permit)
            return result
        } catch {
            if Task.isCancelled {
                target.breaker.record(.unknown, of: permit)
                throw CancellationError()
            }
            let failure = (error as? RPCError ?? attempt.status).map { status in
                GRPCAttemptError(
                    status: status, isSent: attempt.isSent, address: target.address, isLate: attempt.isLate)
            }
            target.breaker.record(outcome(failure, time: clock.uptime - start), of: permit)
            if let ofWriter = attempt.failureOfWriter { throw ofWriter }
            // The reader of a stream may throw another error than that of the stream.
            if let failure, isUnary || error is RPCError { throw failure }
            throw error
        }
    }

    private func outcome(_ failure: GRPCAttemptError?, time: Duration) -> CircuitBreaker.Outcome {
        // Without a failure of the attempt, the reader or the writer of the call has failed.
        guard let failure else { return .unknown }
        guard GRPCFailure.isTransient(failure) else { return .success }
        if failure.status.code == .deadlineExceeded || failure.isLate { return time >= fairTime ? .failure : .unknown }
        return .failure
    }

    private func tryOnce<Request: Message & Sendable, Reply: Message & Sendable, Result: Sendable>(
        _ attempt: GRPCAttempt, _ context: Context, _ method: MethodDescriptor, _ fields: Metadata,
        _ target: GRPCTarget, _ share: Int,
        write: @escaping @Sendable (GRPCWriter<Request>) async throws -> Void,
        read: @escaping @Sendable (GRPCMessages<Reply>) async throws -> Result
    ) async throws -> Result {
        var options = CallOptions.defaults
        options.waitForReady = false
        // The transport applies the request limit to received messages.
        options.maxRequestMessageBytes = maxResponse
        options.maxResponseMessageBytes = maxResponse
        var left = attemptTimeout
        if let deadline = context.deadline {
            let rest = deadline - clock.uptime
            left = min(left ?? rest, rest)
        }
        if let left {
            guard left > .zero else {
                throw RPCError(code: .deadlineExceeded, message: "The time for the call is over")
            }
            options.timeout = left.asSleep
        }
        var fields = fields
        if let authorization = target.authorization, fields["authorization"].first(where: { _ in true }) == nil {
            fields.addString(authorization, forKey: "authorization")
        }
        let request = StreamingClientRequest<Request>(metadata: fields) { writer in
            do {
                try await write(GRPCWriter(writer))
            } catch {
                if !(error is RPCError), !(error is CancellationError) { attempt.note(writer: error) }
                throw error
            }
        }
        let channel = try target.channel(context)
        let address = target.address
        return try await GRPCAttempt.$current.withValue(attempt) {
            try await connected(attempt, context, left: left, share) { [options] in
                try await channel.bidirectionalStreaming(
                    request: request, descriptor: method, serializer: ProtobufSerializer<Request>(),
                    deserializer: ProtobufDeserializer<Reply>(), options: options
                ) { response in
                    try await read(
                        GRPCMessages(response.messages) { error in
                            guard let status = error as? RPCError else { return error }
                            attempt.note(status)
                            // The reader of a stream receives the same error as a caller.
                            return GRPCFailure.error(
                                GRPCAttemptError(status: status, isSent: true, address: address, isLate: false),
                                method.fullyQualifiedMethod, context)
                        })
                }
            }
        }
    }

    /// Runs a call; fails if no connection is established in its share of the time.
    private func connected<Result: Sendable>(
        _ attempt: GRPCAttempt, _ context: Context, left: Duration?, _ share: Int,
        _ call: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        var limit = connectTimeout
        if share > 1, let left { limit = min(limit ?? .never, left / share) }
        guard let limit, limit < left ?? .never else { return try await call() }
        let task = Task { try await call() }
        let watcher = Task { [clock] in
            guard (try? await clock.sleep(for: limit.asSleep)) != nil, !attempt.isSent else { return }
            attempt.markLate()
            task.cancel()
        }
        defer { watcher.cancel() }
        return try await withTaskCancellationHandler {
            do {
                return try await task.value
            } catch  where attempt.isLate {
                throw RPCError(code: .unavailable, message: "There was no connection in time", cause: error)
            }
        } onCancel: {
            task.cancel()
        }
    }

    /// Returns the metadata of a call, including the trace position.
    /// - Throws: BadRequest `BAD_METADATA`.
    private func fields(
        _ context: Context, _ extra: [(name: String, value: String)]
    ) throws(ApplicationError) -> Metadata {
        var fields = Metadata()
        fields.reserveCapacity(4 + extra.count)
        if let traceId = context.traceId.map(TraceIds.bounded), !traceId.isEmpty,
            traceId.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        {
            fields.addString(traceId, forKey: "trace_id")
        }
        if let parent = context.traceParent?.child(random) {
            fields.addString(parent.description, forKey: "traceparent")
            if let state = parent.state { fields.addString(state, forKey: "tracestate") }
        }
        for (name, value) in extra {
            guard Self.isName(name), value.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
                throw .badRequest(
                    code: "BAD_METADATA",
                    "The metadata '\(name.shortened)' can't be sent; expected a name of letters, digits, '-', '_' and '.' "
                        + "that does not begin with 'grpc-', and a value of printable ASCII characters",
                    traceId: context.traceId, details: ["name": .string(name.shortened)])
            }
            fields.addString(value, forKey: name.asciiLowercased)
        }
        return fields
    }

    private static func isName(_ name: String) -> Bool {
        let name = name.asciiLowercased
        return !name.isEmpty && !name.begins(with: "grpc-")
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
                    UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }
}
#endif
