/// Transport errors: the codes of the NoResponse errors that connectors throw.
public enum HTTPFailure {
    /// No connection: the host is unknown, the connection is refused, or the network is down.
    public static let cannotConnect = "CANNOT_CONNECT"
    /// The connection was not established in time.
    public static let connectTimeout = "CONNECT_TIMEOUT"
    /// The TLS handshake failed, or a certificate is not trusted.
    public static let tlsFailed = "TLS_FAILED"
    /// The response did not arrive in time.
    public static let timeout = "TIMEOUT"
    /// The connection closed before the response was complete.
    public static let connectionLost = "CONNECTION_LOST"
    /// The response is not valid HTTP, or does not match the request.
    public static let badResponse = "BAD_RESPONSE"
    /// The response exceeds the caller's limit.
    public static let responseTooLarge = "RESPONSE_TOO_LARGE"
    /// An open circuit breaker refused the call, see ``CircuitBreaker``.
    public static let circuitOpen = "CIRCUIT_OPEN"

    /// The driver's queue is full; the call was not sent.
    public static let queueFull = "QUEUE_FULL"

    /// True if the error guarantees that the peer has not received the request: any request can then be sent again,
    /// also to another peer.
    public static func isUnsent(_ error: any Error) -> Bool {
        guard let error = error as? ApplicationError else { return false }
        return [cannotConnect, connectTimeout, tlsFailed, circuitOpen].contains(error.code)
    }

    /// True if a retry may succeed. False for an open circuit: it stays open longer than the back-off.
    public static func isTransient(_ error: any Error) -> Bool {
        guard let error = error as? ApplicationError else { return false }
        return [cannotConnect, connectTimeout, timeout, connectionLost].contains(error.code)
    }

    // MARK: - Internal

    /// Creates a transport error. The address is shown without its query, which may contain secrets.
    static func error(
        _ code: String, _ what: String, _ context: Context, _ request: HTTPClientRequest, reason: String? = nil
    ) -> ApplicationError {
        var details: AnyValueMap = ["url": .string(place(of: request.url))]
        if let reason { details["reason"] = .string(reason) }
        return .connection(
            code: code,
            "\(request.method.rawValue) \(place(of: request.url)): \(what)"
                + (reason.map { " (\($0))" } ?? ""), traceId: context.traceId, details: details)
    }

    /// The error for a streamed body that differs from its declared length.
    static func bodyLength(_ length: Int, _ context: Context) -> ApplicationError {
        .badRequest(
            code: "BODY_LENGTH", "The body of the request is not \(length) bytes long as declared",
            traceId: context.traceId)
    }

    static func tooLarge(_ limit: Int) -> ApplicationError {
        .connection(
            code: responseTooLarge, "The response is larger than \(limit) bytes",
            details: ["limit": .integer(Int64(limit))])
    }

    /// The address without user, password and query.
    static func place(of url: String) -> String {
        let path = url.prefix(upTo: "?", "#")
        guard let (name, rest) = ConnectionURI.divided(protocol: path),
            let (user, _) = rest.prefix(upTo: "/").divided(atLast: "@")
        else { return String(path) }
        return "\(name)://" + String(rest.unicodeScalars[user.endIndex...].dropFirst())
    }
}
