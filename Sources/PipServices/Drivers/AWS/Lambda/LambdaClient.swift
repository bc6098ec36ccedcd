#if PIP_AWS
/// Calls the actions of a function in AWS Lambda (the toolkit's `LambdaClient`).
///
/// The section `connection` names the function by `arn`, or by `resource` and `region`; `credential` contains the
/// access key, by default taken from the environment, see ``AWSConnectionResolver``. A service client wraps one and has
/// a method for each action:
/// ```swift
/// final class BeaconsLambdaClient: Component {
///     private let lambda = LambdaClient()
///
///     func getBeaconById(_ context: Context, _ id: String) async throws -> Beacon? {
///         try await lambda.call(context, "beacons.get_beacon_by_id", ["beacon_id": .string(id)])
///     }
/// }
/// ```
/// A call that may have been executed is not retried. `options.timeout` limits a call with all its attempts.
public final class LambdaClient: Component, Client, Openable, Checkable {
    private let client = AWSClient(.lambda)
    private let instruments = Instruments()
    private let operations = ClientOperations(prefix: "")
    private let function = Locked<String?>(nil)

    /// Creates a client.
    public init() {}

    /// True while the client is open.
    public var isOpen: Bool { client.isOpen }

    /// Resolves the function and the credentials. Sends nothing to Lambda.
    /// - Throws: Misconfiguration `NO_AWS_CONNECTION` or `BAD_ARN`; as ``AWSConnectionResolver/resolve(_:)``.
    public func open(_ context: Context) async throws {
        let name = try Self.function(context, try await client.resolver.resolve(context))
        try await client.open(context)
        function.withLock { $0 = name }
    }

    /// Checks the configuration, unless a part of it comes from a discovery service or a credential store.
    /// - Throws: as ``open(_:)``.
    public func checkConfiguration(_ context: Context) async throws {
        guard !client.resolver.needsLookup else { return }
        _ = try Self.function(context, try await client.resolver.resolve(context))
    }

    /// Closes the client. Calls in flight are completed.
    public func close(_ context: Context) async throws { client.close() }

    /// Calls an action and waits for its result (the toolkit's `call`).
    ///
    /// - Parameters:
    ///   - cmd: the name of the action.
    ///   - params: the members of the event.
    ///   - type: the type of the result.
    /// - Returns: the result; nil if it is null.
    /// - Throws: the error that the function reported; BadRequest `NO_COMMAND` for an empty name; FailedInvocation
    ///   `CALL_FAILED` if AWS rejects the call, and `DESERIALIZATION_FAILED` for a result that is not JSON; as
    ///   ``Client/callCommand(_:_:_:as:)``.
    public func call<Value: Codable & Sendable>(
        _ context: Context, _ cmd: String, _ params: Parameters = Parameters(), as type: Value.Type = Value.self
    ) async throws -> Value? {
        try await instruments.run(context, operations[cmd]) {
            let payload = try await invoke(context, "RequestResponse", cmd, params)
            return try Self.result(context, payload, as: type)
        }
    }

    /// Calls an action asynchronously (the toolkit's `callOneWay`). Returns when Lambda has accepted the event, without
    /// a result.
    /// - Throws: as ``call(_:_:_:as:)``, except for errors of the function.
    public func callOneWay(_ context: Context, _ cmd: String, _ params: Parameters = Parameters()) async throws {
        try await instruments.run(context, operations[cmd]) { _ = try await invoke(context, "Event", cmd, params) }
    }

    /// Calls an action by name.
    /// - Throws: as ``call(_:_:_:as:)``.
    public func callCommand<Value: Codable & Sendable>(
        _ context: Context, _ name: String, _ arguments: Parameters, as type: Value.Type
    ) async throws -> Value? {
        try await call(context, name, arguments, as: type)
    }

    // MARK: - Internal

    /// Returns the event that calls an action.
    package static func event(_ context: Context, _ cmd: String, _ params: Parameters) -> AnyValue {
        var event = params.values
        event["cmd"] = .string(cmd)
        if event["trace_id"] == nil, let traceId = context.traceId { event["trace_id"] = .string(traceId) }
        return .map(event)
    }

    /// Returns the result in the payload of a response.
    package static func result<Value: Codable & Sendable>(
        _ context: Context, _ payload: [UInt8], as type: Value.Type
    ) throws(ApplicationError) -> Value? {
        guard !payload.isEmpty else { return nil }
        let value: AnyValue
        do throws(ApplicationError) {
            value = try JSONParser.parse(payload)
        } catch {
            throw .invocation(
                code: "DESERIALIZATION_FAILED", "The result of the function is not JSON", traceId: context.traceId,
                cause: error)
        }
        if value.isNull { return nil }
        do throws(ApplicationError) {
            return try value.decode(type)
        } catch {
            // The Go edition returns its results as JSON in a string.
            guard let text = value.string, let inner = try? JSONParser.parse(text) else { throw error }
            return inner.isNull ? nil : try inner.decode(type)
        }
    }

    /// Returns the error in the payload of a failed function.
    package static func error(_ context: Context, _ payload: [UInt8], function: String) -> ApplicationError {
        LambdaFailure.restored(payload, context, function: function)
    }

    private func invoke(
        _ context: Context, _ type: String, _ cmd: String, _ params: Parameters
    ) async throws -> [UInt8] {
        guard !cmd.isEmpty else {
            throw ApplicationError.badRequest(
                code: "NO_COMMAND", "The name of the action is empty", traceId: context.traceId)
        }
        let name = function.current ?? ""
        let request = AWSRequest(
            "Invoke", path: "/2015-03-31/functions/\(AWSText.encoded(name))/invocations",
            headers: [
                ("Content-Type", "application/json"), ("X-Amz-Invocation-Type", type), ("X-Amz-Log-Type", "None"),
            ], body: JSONWriter.bytes(of: Self.event(context, cmd, params)), isRepeatable: false)
        let response: HTTPClientResponse
        do {
            response = try await client.send(context, request)
        } catch let error as ApplicationError where error.awsCode != nil {
            throw ApplicationError.invocation(
                code: "CALL_FAILED", "The function '\(name)' can't be called: \(error.awsCode ?? "")",
                traceId: context.traceId, details: error.details, cause: error)
        }
        let payload = response.body.bytes ?? []
        guard response[header: "X-Amz-Function-Error"] == nil else {
            throw LambdaFailure.restored(payload, context, function: name)
        }
        return payload
    }

    /// The ARN of the function, or its name.
    private static func function(_ context: Context, _ params: AWSConnectionParams) throws(ApplicationError) -> String {
        if let arn = params.config.text("arn") {
            guard ARN(parsing: arn)?.service == "lambda" else {
                throw .config(
                    code: "BAD_ARN", key: "connection.arn",
                    "'connection.arn' is '\(arn.shortened)'; expected arn:aws:lambda:<region>:<account>:function:<name>",
                    traceId: context.traceId)
            }
            return arn
        }
        guard let resource = params.resource else {
            throw .config(
                code: "NO_AWS_CONNECTION", key: "connection.arn",
                "The function is not set; expected 'connection.arn', or 'connection.resource' with its name",
                traceId: context.traceId)
        }
        guard let account = params.account else { return resource }
        return ARN(
            partition: params.partition, service: "lambda", region: params.region ?? "", account: account,
            resourceType: params.resourceType ?? "function", resource: resource
        ).description
    }
}
#endif
