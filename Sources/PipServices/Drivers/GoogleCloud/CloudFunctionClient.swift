/// Calls a Google Cloud function over HTTP (the toolkit's `CloudFunctionClient`): `POST` with the arguments, `cmd` and
/// `trace_id` as a JSON object.
///
/// A service client wraps one and has a method for each action:
/// ```swift
/// final class BeaconsFunctionClient: Component {
///     private let function = CloudFunctionClient()
///
///     func getBeaconById(_ context: Context, _ id: String) async throws -> Beacon? {
///         try await function.call(context, "beacons.get_beacon_by_id", ["beacon_id": .string(id)])
///     }
/// }
/// ```
/// `credential.auth_token` is sent as `Authorization: Bearer`. Without it, `credential.account` selects a service
/// account whose identity token, issued by the metadata server for the function's URL, is sent instead. `default` is
/// the account of the calling service.
///
/// A call is retried only if the function can't have received it. `options.timeout` and the context's deadline limit a
/// call including its retries. See ``ResilienceSettings`` for the limits.
public final class CloudFunctionClient: Component, Openable, Checkable {
    private let connection = GCPConnectionResolver()
    private let tokens = GCPIdentityTokens()
    private let caller = HTTPFunctionCaller("cloudfunc")
    private let target = Locked<GCPConnectionParams?>(nil)

    /// Creates a client.
    public init() {}

    /// True while the client is open.
    public var isOpen: Bool { caller.isOpen }

    /// Resolves the address of the function. Does not connect yet.
    /// - Throws: as ``GCPConnectionResolver/resolve(_:)``.
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

    /// Releases the address. Calls in flight continue.
    public func close(_ context: Context) async throws { caller.close() }

    /// Calls an action of the function (the toolkit's `call`).
    ///
    /// - Parameters:
    ///   - context: carries the trace id, which is sent along, and the deadline if set.
    ///   - cmd: the name of the action.
    ///   - arguments: the arguments by name.
    ///   - type: the type to decode the result as.
    /// - Returns: the result; nil for 204 and an empty response.
    /// - Throws: as ``Client/callCommand(_:_:_:as:)``; Unknown `NO_COMMAND` for an empty name; InvalidState `NOT_OPENED`
    ///   while the client is not open.
    public func call<Value: Codable & Sendable>(
        _ context: Context, _ cmd: String, _ arguments: Parameters = Parameters(), as type: Value.Type = Value.self
    ) async throws -> Value? {
        try await caller.call(
            context, cmd, arguments, as: type, authorization: { [self] in try await authorization($0) },
            onRefusal: { [tokens] in tokens.clear() })
    }

    // MARK: - Internal

    private func authorization(_ context: Context) async throws -> (name: String, value: String)? {
        guard let target = target.current else { return nil }
        if let token = target.authToken { return ("Authorization", "Bearer \(token)") }
        guard let account = target.account else { return nil }
        let token = try await tokens.token(context, account: account, audience: target.uri ?? "")
        return ("Authorization", "Bearer \(token)")
    }
}
