#if PIP_AWS
import PipServices

/// Calls the actions of a ``LambdaFunction`` in the same process (the toolkit's `TestLambdaClient`).
///
/// ```swift
/// let client = TestLambdaClient(function)
/// let beacon: Beacon? = try await client.call(context, "beacons.get_beacon", ["beacon_id": "1"])
/// ```
/// Events, results and errors have the same format as between AWS and the function, but AWS is not involved. The
/// function must be open.
public final class TestLambdaClient: Client {
    private let function: LambdaFunction

    /// Creates a client for a function.
    public init(_ function: LambdaFunction) { self.function = function }

    /// Calls an action.
    /// - Returns: the result; nil if it is null.
    /// - Throws: the error that the function returns; BadRequest `INVALID_DATA` if the result can't be decoded.
    public func call<Value: Codable & Sendable>(
        _ context: Context, _ cmd: String, _ params: Parameters = Parameters(), as type: Value.Type = Value.self
    ) async throws -> Value? {
        let payload = try await send(context, LambdaClient.event(context, cmd, params))
        return try LambdaClient.result(context, payload, as: type)
    }

    /// Calls an action and ignores its result.
    /// - Throws: the error that the function returns.
    public func callOneWay(_ context: Context, _ cmd: String, _ params: Parameters = Parameters()) async throws {
        _ = try await send(context, LambdaClient.event(context, cmd, params))
    }

    /// Sends any event, such as one of API Gateway.
    /// - Returns: the response.
    /// - Throws: the error that the function returns.
    public func send(_ context: Context, event: AnyValue) async throws -> AnyValue {
        try JSONConverter.fromJSON(String(decoding: try await send(context, event), as: UTF8.self))
    }

    /// Calls an action by its name.
    /// - Throws: as ``call(_:_:_:as:)``.
    public func callCommand<Value: Codable & Sendable>(
        _ context: Context, _ name: String, _ arguments: Parameters, as type: Value.Type
    ) async throws -> Value? {
        try await call(context, name, arguments, as: type)
    }

    // MARK: - Internal

    private func send(_ context: Context, _ event: AnyValue) async throws -> [UInt8] {
        let (payload, isError) = await function.respond(to: Array(JSONConverter.toJSON(event).utf8), context)
        if isError { throw LambdaClient.error(context, payload, function: "test") }
        return payload
    }
}

/// Calls the commands of a ``LambdaFunction`` in the same process (the toolkit's `TestCommandableLambdaClient`): the
/// event's `cmd` is `<name>.<command>`.
public final class TestCommandableLambdaClient: Client {
    private let name: String
    private let client: TestLambdaClient

    /// Creates a client for a function.
    /// - Parameter name: the name of the service; empty for a ``CommandableLambdaFunction``.
    public init(_ function: LambdaFunction, name: String = "") {
        self.name = name
        client = TestLambdaClient(function)
    }

    /// Calls a command.
    /// - Throws: as ``TestLambdaClient/call(_:_:_:as:)``.
    public func callCommand<Value: Codable & Sendable>(
        _ context: Context, _ name: String, _ arguments: Parameters, as type: Value.Type
    ) async throws -> Value? {
        try await client.call(context, self.name.isEmpty ? name : "\(self.name).\(name)", arguments, as: type)
    }
}
#endif
