#if PIP_AZURE
import PipServices

/// Calls a function of Azure in the same process, in the form that the Functions host sends to custom handlers.
///
/// ```swift
/// let client = try TestAzureFunctionClient(container, function: "beacons")
/// let beacon: Beacon? = try await client.call(context, "beacons.get_beacon", ["beacon_id": "1"])
/// try await client.fire(context, function: "clean_up", ["timer": ["IsPastDue": false]])
/// ```
/// No Azure and no socket are involved. The container must be open, with an `AzureFunctionHandler` and without its setting
/// `forwarding`.
public final class TestAzureFunctionClient: Client {
    private let client: RestTestClient
    private let function: String

    /// Creates a client of a function.
    /// - Parameter function: the name of the function, which has an HTTP trigger.
    /// - Throws: Internal `REF_ERROR` if the container has no HTTP endpoint.
    public init(_ container: Container, function: String = "function") throws(ApplicationError) {
        client = try RestTestClient(container)
        self.function = function
    }

    /// Calls an action by the HTTP trigger.
    /// - Returns: the result; nil if there is none.
    /// - Throws: the error that the function reports, restored; BadRequest `INVALID_DATA` if the result does not fit the
    ///   type.
    public func call<Value: Codable & Sendable>(
        _ context: Context, _ cmd: String, _ arguments: Parameters = Parameters(), as type: Value.Type = Value.self
    ) async throws -> Value? {
        var members = arguments.values
        members["cmd"] = .string(cmd)
        if let traceId = context.traceId { members["trace_id"] = .string(traceId) }
        let response = try await send(.post, "/api/\(function)", .map(members))
        let value = try response.value
        if response.status >= 400 {
            throw ErrorDescription(value)?.applicationError
                ?? .unknown(code: "UNKNOWN", "The function answered with status \(response.status), without an error")
        }
        return value.isNull ? nil : try value.decode(type)
    }

    /// Sends a request by the HTTP trigger to a target such as `/v1/beacons?take=1`.
    /// - Throws: the error of an invocation that the function does not understand.
    public func send(
        _ method: HTTPMethod, _ target: String, _ body: AnyValue? = nil, headers: AnyValueMap = [:]
    ) async throws -> Response {
        var headers = headers
        if body != nil, headers["Content-Type"] == nil { headers["Content-Type"] = ["application/json"] }
        let request: AnyValue = [
            "Url": .string("https://test.azurewebsites.net\(target)"), "Method": .string(method.rawValue),
            "Query": [:], "Headers": .map(headers), "Params": [:], "Identities": [],
            "Body": body.map { .string(JSONConverter.toJSON($0)) } ?? .null,
        ]
        let result = try await invoke(function, ["req": request], [:])
        guard let output = result["Outputs"]?["res"]?.map else {
            throw ApplicationError.unknown(code: "NO_OUTPUT", "The invocation has no output 'res'")
        }
        return Response(
            status: output.getAsInteger("statusCode"), headers: output["headers"]?.map ?? [:],
            text: output.getAsString("body"))
    }

    /// Fires a trigger other than HTTP.
    ///
    /// - Parameters:
    ///   - function: the name of the function.
    ///   - data: the values of its bindings by their names.
    ///   - metadata: what the host knows of the event, such as `DequeueCount`.
    /// - Returns: the result of the action.
    /// - Throws: the error of the action, restored.
    @discardableResult
    public func fire(
        _ context: Context, function: String, _ data: AnyValueMap, metadata: AnyValueMap = [:]
    ) async throws -> AnyValue {
        try await invoke(function, data, metadata)["ReturnValue"] ?? .null
    }

    /// Calls an action by its name.
    /// - Throws: as ``call(_:_:_:as:)``.
    public func callCommand<Value: Codable & Sendable>(
        _ context: Context, _ name: String, _ arguments: Parameters, as type: Value.Type
    ) async throws -> Value? {
        try await call(context, name, arguments, as: type)
    }

    /// The response of an HTTP trigger.
    public struct Response: Sendable {
        /// The HTTP status.
        public let status: Int
        /// The header fields; their names have no capitals.
        public let headers: AnyValueMap
        /// The body.
        public let text: String

        /// The body as JSON; null if it is empty.
        /// - Throws: BadRequest `BAD_JSON` for what is no JSON.
        public var value: AnyValue {
            get throws { text.isEmpty ? .null : try JSONConverter.fromJSON(text) }
        }
    }

    // MARK: - Internal

    private func invoke(_ function: String, _ data: AnyValueMap, _ metadata: AnyValueMap) async throws -> AnyValue {
        let response = try await client.with(header: "X-Azure-Functions-InvocationId", "test-invocation")
            .post("/\(function)", ["Data": .map(data), "Metadata": .map(metadata)] as AnyValue)
        if let error = response.error { throw error.applicationError }
        return try response.json
    }
}

/// Calls the commands of a function of Azure in the same process: the `cmd` is `<name>.<command>`.
public final class TestCommandableAzureFunctionClient: Client {
    private let name: String
    private let client: TestAzureFunctionClient

    /// Creates a client of a function.
    /// - Parameter name: the name of the controller; empty for a `CommandableAzureFunction`.
    /// - Throws: Internal `REF_ERROR` if the container has no HTTP endpoint.
    public init(_ container: Container, name: String = "") throws(ApplicationError) {
        self.name = name
        client = try TestAzureFunctionClient(container)
    }

    /// Calls a command.
    /// - Throws: as ``TestAzureFunctionClient/call(_:_:_:as:)``.
    public func callCommand<Value: Codable & Sendable>(
        _ context: Context, _ name: String, _ arguments: Parameters, as type: Value.Type
    ) async throws -> Value? {
        try await client.call(context, self.name.isEmpty ? name : "\(self.name).\(name)", arguments, as: type)
    }
}
#endif
