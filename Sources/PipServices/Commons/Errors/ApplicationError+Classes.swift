/// The toolkit's error classes as static functions. Each accepts a machine-readable code and a human-readable message.
extension ApplicationError {
    /// An unexpected failure (`UnknownException`): status 500.
    public static func unknown(
        code: String, _ message: String, traceId: String? = nil, details: AnyValueMap = [:], cause: (any Error)? = nil
    ) -> Self {
        Self(.unknown, code: code, message, traceId: traceId, details: details, cause: cause)
    }

    /// A programming error (`InternalException`): status 500.
    public static func `internal`(
        code: String, _ message: String, traceId: String? = nil, details: AnyValueMap = [:], cause: (any Error)? = nil
    ) -> Self {
        Self(.internal, code: code, message, traceId: traceId, details: details, cause: cause)
    }

    /// A configuration error (`ConfigException`): status 500.
    public static func config(
        code: String, _ message: String, traceId: String? = nil, details: AnyValueMap = [:], cause: (any Error)? = nil
    ) -> Self {
        Self(.misconfiguration, code: code, message, traceId: traceId, details: details, cause: cause)
    }

    /// A component in the wrong state (`InvalidStateException`): status 500.
    public static func invalidState(
        code: String, _ message: String, traceId: String? = nil, details: AnyValueMap = [:], cause: (any Error)? = nil
    ) -> Self {
        Self(.invalidState, code: code, message, traceId: traceId, details: details, cause: cause)
    }

    /// No connection to another system, or no response in time (`ConnectionException`): status 500.
    public static func connection(
        code: String, _ message: String, traceId: String? = nil, details: AnyValueMap = [:], cause: (any Error)? = nil
    ) -> Self {
        Self(.noResponse, code: code, message, traceId: traceId, details: details, cause: cause)
    }

    /// A failed call (`InvocationException`): status 500.
    public static func invocation(
        code: String, _ message: String, traceId: String? = nil, details: AnyValueMap = [:], cause: (any Error)? = nil
    ) -> Self {
        Self(.failedInvocation, code: code, message, traceId: traceId, details: details, cause: cause)
    }

    /// A failure to read or write a file (`FileException`): status 500.
    public static func file(
        code: String, _ message: String, traceId: String? = nil, details: AnyValueMap = [:], cause: (any Error)? = nil
    ) -> Self {
        Self(.fileError, code: code, message, traceId: traceId, details: details, cause: cause)
    }

    /// Invalid parameters of a call (`BadRequestException`): status 400.
    public static func badRequest(
        code: String, _ message: String, traceId: String? = nil, details: AnyValueMap = [:], cause: (any Error)? = nil
    ) -> Self {
        Self(.badRequest, code: code, message, traceId: traceId, details: details, cause: cause)
    }

    /// An unauthenticated caller, or one without permission (`UnauthorizedException`): status 401.
    public static func unauthorized(
        code: String, _ message: String, traceId: String? = nil, details: AnyValueMap = [:], cause: (any Error)? = nil
    ) -> Self {
        Self(.unauthorized, code: code, message, traceId: traceId, details: details, cause: cause)
    }

    /// Something was not found (`NotFoundException`): status 404.
    public static func notFound(
        code: String, _ message: String, traceId: String? = nil, details: AnyValueMap = [:], cause: (any Error)? = nil
    ) -> Self {
        Self(.notFound, code: code, message, traceId: traceId, details: details, cause: cause)
    }

    /// A version conflict, or a lock that could not be acquired (`ConflictException`): status 409.
    public static func conflict(
        code: String, _ message: String, traceId: String? = nil, details: AnyValueMap = [:], cause: (any Error)? = nil
    ) -> Self {
        Self(.conflict, code: code, message, traceId: traceId, details: details, cause: cause)
    }

    /// Too many calls (`TooManyRequestsException`): status 429.
    public static func tooManyRequests(
        code: String, _ message: String, traceId: String? = nil, details: AnyValueMap = [:], cause: (any Error)? = nil
    ) -> Self {
        Self(.tooManyRequests, code: code, message, traceId: traceId, details: details, cause: cause)
    }

    /// A feature that is not implemented or not compiled in (`UnsupportedException`): status 500.
    public static func unsupported(
        code: String, _ message: String, traceId: String? = nil, details: AnyValueMap = [:], cause: (any Error)? = nil
    ) -> Self {
        Self(.unsupported, code: code, message, traceId: traceId, details: details, cause: cause)
    }
}
