/// What can go wrong on the way to a peer and back: the codes of the NoResponse errors that connectors throw.
public enum HTTPFailure {
    /// There is no connection: the host's name is unknown, nobody listens, the network is down.
    public static let cannotConnect = "CANNOT_CONNECT"
    /// The connection was not made in time.
    public static let connectTimeout = "CONNECT_TIMEOUT"
    /// TLS could not be agreed on, or a certificate is not trusted.
    public static let tlsFailed = "TLS_FAILED"
    /// The answer did not come in time.
    public static let timeout = "TIMEOUT"
    /// The connection ended before the answer was complete.
    public static let connectionLost = "CONNECTION_LOST"
    /// What came is no HTTP, or no answer that was asked for.
    public static let badResponse = "BAD_RESPONSE"
    /// The answer is larger than the caller takes.
    public static let responseTooLarge = "RESPONSE_TOO_LARGE"
    /// A circuit breaker let nothing through, see ``CircuitBreaker``.
    public static let circuitOpen = "CIRCUIT_OPEN"

    /// The driver carries out as many calls as it may already, and did not send this one.
    public static let queueFull = "QUEUE_FULL"

    /// True for an error after which it is certain that the peer has not got the request, so that it can be sent again,
    /// or to somebody else, whatever it is.
    public static func isUnsent(_ error: any Error) -> Bool {
        guard let error = error as? ApplicationError else { return false }
        return [cannotConnect, connectTimeout, tlsFailed, circuitOpen].contains(error.code)
    }

    /// True for an error that another try may not meet. An open circuit is none: it stays open longer than pauses last.
    public static func isTransient(_ error: any Error) -> Bool {
        guard let error = error as? ApplicationError else { return false }
        return [cannotConnect, connectTimeout, timeout, connectionLost].contains(error.code)
    }

    // MARK: - Internal

    /// An error of a transfer. The address is told without its query, which may hold anything.
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

    /// A streamed body of another length than it declares.
    static func bodyLength(_ length: Int, _ context: Context) -> ApplicationError {
        .badRequest(
            code: "BODY_LENGTH", "The body of the request is not \(length) bytes long as declared",
            traceId: context.traceId)
    }

    static func tooLarge(_ limit: Int) -> ApplicationError {
        .connection(
            code: responseTooLarge, "The answer is larger than \(limit) bytes",
            details: ["limit": .integer(Int64(limit))])
    }

    /// An address without user, password and query.
    static func place(of url: String) -> String {
        let path = url.prefix(upTo: "?", "#")
        guard let (name, rest) = ConnectionURI.divided(protocol: path),
            let (user, _) = rest.prefix(upTo: "/").divided(atLast: "@")
        else { return String(path) }
        return "\(name)://" + String(rest.unicodeScalars[user.endIndex...].dropFirst())
    }
}
