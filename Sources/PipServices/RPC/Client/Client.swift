/// Calls the commands of another component, in the same process or in another service.
///
/// ``DirectClient``, ``CommandableHTTPClient`` and ``RestClient`` are clients. Code that depends on `any Client` is
/// independent of the configured transport:
/// ```swift
/// let beacons = Dependency<any Client>("beacons", "beacons:client:*:*:1.0")
/// ...
/// let beacon: Beacon? = try await beacons().callCommand(context, "get_beacon_by_id", ["beacon_id": "1"])
/// ```
/// Calls are logged, counted (`<name>.call_count`, `<name>.call_time`, `<name>.call_errors`) and traced. Errors of the
/// service are rethrown with their category, code, message and details.
public protocol Client: Component {
    /// Calls a command (the toolkit's `callCommand`).
    ///
    /// - Parameters:
    ///   - context: carries the trace id and, if set, the deadline.
    ///   - name: the command's name.
    ///   - arguments: the arguments by name.
    ///   - type: the type to decode the result as.
    /// - Returns: the result; nil if there is none.
    /// - Throws: the service's ``ApplicationError``; NoResponse errors if it can't be reached, see ``HTTPFailure``;
    ///   BadRequest `INVALID_DATA` if the result can't be decoded; `CancellationError`.
    func callCommand<Value: Codable & Sendable>(
        _ context: Context, _ name: String, _ arguments: Parameters, as type: Value.Type
    ) async throws -> Value?
}

extension Client {
    /// Calls a command; the result type is inferred.
    /// - Throws: as ``callCommand(_:_:_:as:)``.
    public func callCommand<Value: Codable & Sendable>(
        _ context: Context, _ name: String, _ arguments: Parameters = Parameters()
    ) async throws -> Value? {
        try await callCommand(context, name, arguments, as: Value.self)
    }

    /// Calls a command with the properties of a value as arguments.
    /// - Throws: BadRequest `CANNOT_ENCODE` if the arguments can't be encoded; as ``callCommand(_:_:_:as:)``.
    public func callCommand<Value: Codable & Sendable>(
        _ context: Context, _ name: String, arguments: some Encodable & Sendable, as type: Value.Type = Value.self
    ) async throws -> Value? {
        try await callCommand(context, name, Parameters(try AnyValue(encoding: arguments)), as: type)
    }
}
