/// Calls the commands of another component, wherever that runs: in the same process, or in another service.
///
/// ``DirectClient``, ``CommandableHTTPClient`` and ``RestClient`` are clients. Who depends on `any Client` does not know
/// which one the configuration gave him:
/// ```swift
/// let beacons = Dependency<any Client>("beacons", "beacons:client:*:*:1.0")
/// ...
/// let beacon: Beacon? = try await beacons().callCommand(context, "get_beacon_by_id", ["beacon_id": "1"])
/// ```
/// Calls are logged, counted (`<name>.call_count`, `<name>.call_time`, `<name>.call_errors`) and traced. Errors of the
/// service arrive as they were thrown, with category, code, message and details.
public protocol Client: Component {
    /// Calls a command (the toolkit's `callCommand`).
    ///
    /// - Parameters:
    ///   - context: carries the trace id, and the deadline if there is one.
    ///   - name: the command's name.
    ///   - arguments: the arguments by name.
    ///   - type: what the result is read as.
    /// - Returns: the result; nil when there is none.
    /// - Throws: the service's ``ApplicationError``; NoResponse errors when it can't be reached, see ``HTTPFailure``;
    ///   BadRequest `INVALID_DATA` when the result does not fit the type; `CancellationError`.
    func callCommand<Value: Codable & Sendable>(
        _ context: Context, _ name: String, _ arguments: Parameters, as type: Value.Type
    ) async throws -> Value?
}

extension Client {
    /// Calls a command; the type of the result is that of the place where it goes.
    /// - Throws: as ``callCommand(_:_:_:as:)``.
    public func callCommand<Value: Codable & Sendable>(
        _ context: Context, _ name: String, _ arguments: Parameters = Parameters()
    ) async throws -> Value? {
        try await callCommand(context, name, arguments, as: Value.self)
    }

    /// Calls a command with the members of a value as arguments.
    /// - Throws: BadRequest `CANNOT_ENCODE` when the arguments can't be encoded; as ``callCommand(_:_:_:as:)``.
    public func callCommand<Value: Codable & Sendable>(
        _ context: Context, _ name: String, arguments: some Encodable & Sendable, as type: Value.Type = Value.self
    ) async throws -> Value? {
        try await callCommand(context, name, Parameters(try AnyValue(encoding: arguments)), as: type)
    }
}
