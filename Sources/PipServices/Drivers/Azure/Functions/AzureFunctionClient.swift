#if PIP_AZURE
/// Calls an Azure function by HTTP (the toolkit's `AzureFunctionClient`): `POST` with the arguments, `cmd` and
/// `trace_id` as a JSON object.
///
/// The section `connection` contains the address in `uri`, or `protocol`, `app_name` and `function_name`. The key in
/// `credential.auth_code` is sent as `x-functions-key`. A service client wraps one and has a method for each action:
/// ```swift
/// final class BeaconsFunctionClient: Component {
///     private let function = AzureFunctionClient()
///
///     func getBeaconById(_ context: Context, _ id: String) async throws -> Beacon? {
///         try await function.call(context, "beacons.get_beacon_by_id", ["beacon_id": .string(id)])
///     }
/// }
/// ```
/// A call is retried only if the function can't have received it. `options.timeout` and the context's deadline limit a
/// call with all its attempts. See ``ResilienceSettings`` for the limits.
public final class AzureFunctionClient: Component, Client, Openable, Checkable {
    private let connection = AzureFunctionConnectionResolver()
    private let caller = HTTPFunctionCaller("azurefunc")
    private let target = Locked<AzureFunctionConnectionParams?>(nil)

    /// Creates a client.
    public init() {}

    /// True while the client is open.
    public var isOpen: Bool { caller.isOpen }

    /// Resolves the address of the function. Opens no connection.
    /// - Throws: as ``AzureFunctionConnectionResolver/resolve(_:)``.
    public func open(_ context: Context) async throws {
        let resolved = try await connection.resolve(context)
        target.displace { target in
            defer { target = resolved }
            return target
        }
        try caller.open(context, uri: resolved.uri ?? "")
    }

    /// Checks the address, unless it comes from a discovery service or a credential store.
    /// - Throws: as ``open(_:)``.
    public func checkConfiguration(_ context: Context) async throws {
        guard !connection.needsLookup else { return }
        try caller.check(context, uri: try await connection.resolve(context).uri ?? "")
    }

    /// Closes the client. Calls in flight are completed.
    public func close(_ context: Context) async throws { caller.close() }

    /// Calls an action of the function (the toolkit's `call`).
    ///
    /// - Parameters:
    ///   - context: carries the trace id, which is sent along, and the deadline if set.
    ///   - cmd: the name of the action.
    ///   - arguments: the arguments by name.
    ///   - type: the type of the result.
    /// - Returns: the result; nil for 204 and an empty response.
    /// - Throws: as ``Client/callCommand(_:_:_:as:)``; Unauthorized `WRONG_KEY` if Azure rejects the key; Unknown
    ///   `NO_COMMAND` for an empty name; InvalidState `NOT_OPENED` while the client is not open.
    public func call<Value: Codable & Sendable>(
        _ context: Context, _ cmd: String, _ arguments: Parameters = Parameters(), as type: Value.Type = Value.self
    ) async throws -> Value? {
        let key = target.current?.authCode
        do {
            return try await caller.call(
                context, cmd, arguments, as: type,
                authorization: { _ in key.map { ("x-functions-key", $0) } })
        } catch let error as ApplicationError where error.code == "HTTP_401" {
            // An error without a description comes from the host; the function describes its errors.
            throw ApplicationError.unauthorized(
                code: "WRONG_KEY",
                "Azure refuses the key of the function; expected 'credential.auth_code' to be a key of the function or of "
                    + "its app" + (key == nil ? ", and it is missing" : ""), traceId: context.traceId,
                details: error.details, cause: error)
        }
    }

    /// Calls an action by name.
    /// - Throws: as ``call(_:_:_:as:)``.
    public func callCommand<Value: Codable & Sendable>(
        _ context: Context, _ name: String, _ arguments: Parameters, as type: Value.Type
    ) async throws -> Value? {
        try await call(context, name, arguments, as: type)
    }
}
#endif
