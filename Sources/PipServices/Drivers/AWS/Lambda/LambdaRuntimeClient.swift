#if PIP_AWS
import FoundationEssentials

/// An event that the Lambda runtime passes to the function.
struct LambdaInvocation: Sendable {
    let requestId: String
    let event: [UInt8]
    /// The deadline of the function; nil if the runtime does not provide one.
    let deadline: Date?
    let arn: String?
    let trace: TraceParent?

    init?(_ response: HTTPClientResponse) {
        guard let id = response[header: "Lambda-Runtime-Aws-Request-Id"], !id.isEmpty else { return nil }
        requestId = id
        event = response.body.bytes ?? []
        deadline = response[header: "Lambda-Runtime-Deadline-Ms"].flatMap { Double($0.trimmed) }
            .flatMap { $0 > 0 && $0 < 1e15 ? Date(timeIntervalSince1970: $0 / 1000) : nil }
        arn = response[header: "Lambda-Runtime-Invoked-Function-Arn"]
        trace = response[header: "Lambda-Runtime-Trace-Id"].flatMap(Self.trace)
    }

    /// Returns the context for handling the event.
    func context(_ clock: any ClockSource) -> Context {
        var context = Context(traceId: trace?.traceId ?? requestId)
        context.traceParent = trace
        context["aws_request_id"] = .string(requestId)
        if let arn { context["invoked_function_arn"] = .string(arn) }
        if let deadline {
            // At most the maximum timeout of Lambda, in case the local clock is wrong.
            let left = min(max(deadline.timeIntervalSince(clock.now), 0), 1000)
            context.deadline = clock.uptime + .seconds(left)
        }
        return context
    }

    // MARK: - Internal

    /// `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1`
    private static func trace(_ header: String) -> TraceParent? {
        let fields = StringValueMap(parsing: header)
        let root = (fields["Root"] ?? "").parts(separatedBy: "-")
        guard root.count == 3, let parent = fields["Parent"] else { return nil }
        return TraceParent("00-\(root[1])\(root[2])-\(parent)-0\(fields["Sampled"] == "1" ? 1 : 0)")
    }
}

/// A client of the Lambda runtime API.
final class LambdaRuntimeClient: Sendable {
    private struct State: Sendable {
        var isStopped = false
        var waiting: Task<HTTPClientResponse, any Error>?
    }

    private let base: String
    private let connector: any HTTPConnector
    private let state = Locked(State())
    private static let attempts = 3
    private static let postTimeout = Duration.seconds(10)

    /// - Throws: Misconfiguration `NO_RUNTIME` outside Lambda.
    init(_ context: Context, _ environment: AnyValueMap, connector: any HTTPConnector) throws(ApplicationError) {
        guard let address = environment["AWS_LAMBDA_RUNTIME_API"]?.string, !address.isEmpty else {
            throw .config(
                code: "NO_RUNTIME",
                "The variable AWS_LAMBDA_RUNTIME_API is missing; expected host:port: the function runs in AWS Lambda only",
                traceId: context.traceId)
        }
        base = "http://\(address)/2018-06-01/runtime"
        self.connector = connector
    }

    /// True after ``stop()``.
    var isStopped: Bool { state.withLock { $0.isStopped } }

    /// Ends the wait for the next event.
    func stop() {
        let waiting = state.withLock { state in
            state.isStopped = true
            return state.waiting
        }
        waiting?.cancel()
    }

    /// Waits for the next event; nil after ``stop()`` or if the runtime is no longer reachable.
    func next(_ context: Context, _ logger: any Logger) async -> LambdaInvocation? {
        for attempt in 0..<Self.attempts {
            if attempt > 0 { try? await SystemClock().sleep(for: .milliseconds(50 << attempt)) }
            guard let task = startWaiting(context) else { return nil }
            do {
                let response = try await task.value
                if response.status == 200, let invocation = LambdaInvocation(response) { return invocation }
                logger.error(context, "The Lambda runtime answered with status \(response.status), without an event")
            } catch {
                guard !isStopped else { return nil }
                logger.error(context, error: error, "The Lambda runtime cannot be reached")
            }
        }
        return nil
    }

    /// Sends the response to an event, or its error. If the runtime rejects the response, an error is sent instead.
    func complete(
        _ context: Context, _ invocation: LambdaInvocation, _ result: (bytes: [UInt8], isError: Bool),
        _ logger: any Logger
    ) async {
        let path = "/invocation/\(AWSText.encoded(invocation.requestId))"
        guard !result.isError else {
            await post(context, path + "/error", result.bytes, isError: true, logger)
            return
        }
        let status = await post(context, path + "/response", result.bytes, isError: false, logger)
        guard status == 413 else { return }
        let error = ApplicationError.internal(
            code: "RESPONSE_TOO_LARGE",
            "The response has \(result.bytes.count) bytes, which is more than the Lambda runtime accepts",
            traceId: context.traceId)
        await post(context, path + "/error", LambdaFailure.payload(error, context), isError: true, logger)
    }

    /// Reports that the function cannot start.
    func failInit(_ context: Context, _ error: any Error) async {
        await post(
            context, "/init/error", LambdaFailure.payload(error, context), isError: true, NullLogger(),
            type: "Runtime.\(LambdaFailure.type(of: error))")
    }

    // MARK: - Internal

    private func startWaiting(_ context: Context) -> Task<HTTPClientResponse, any Error>? {
        state.withLock { state in
            guard !state.isStopped else { return nil }
            let (connector, url) = (connector, base + "/invocation/next")
            // Without a timeout, because the process is frozen between events.
            let task = Task { try await connector.send(context, HTTPClientRequest(.get, url)) }
            state.waiting = task
            return task
        }
    }

    /// - Returns: the status; nil if there was no response.
    @discardableResult
    private func post(
        _ context: Context, _ path: String, _ body: [UInt8], isError: Bool, _ logger: any Logger,
        type: String = "Handler.Error"
    ) async -> Int? {
        var headers: HeaderFields = ["Content-Type": "application/json"]
        if isError { headers.append(("Lambda-Runtime-Function-Error-Type", type)) }
        let request = HTTPClientRequest(
            .post, base + path, headers: headers, body: HTTPBody(body), timeout: Self.postTimeout)
        for attempt in 0..<Self.attempts {
            if attempt > 0 { try? await SystemClock().sleep(for: .milliseconds(50 << attempt)) }
            do {
                let response = try await connector.send(context, request)
                if !(200..<300).contains(response.status), response.status != 413 || isError {
                    logger.error(context, "The Lambda runtime refused a result with status \(response.status)")
                }
                // Only server errors are retried.
                guard response.status >= 500 else { return response.status }
            } catch {
                guard HTTPFailure.isUnsent(error) else {
                    logger.error(context, error: error, "A result did not reach the Lambda runtime")
                    return nil
                }
            }
        }
        return nil
    }
}
#endif
