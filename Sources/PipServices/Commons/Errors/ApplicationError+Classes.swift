/// The toolkit's error classes as constructors. Each takes a code for programs and a message for people.
extension ApplicationError {
    /// An unexpected failure (`UnknownException`): status 500.
    public static func unknown(
        code: String, _ message: String, traceId: String? = nil, details: AnyValueMap = [:], cause: (any Error)? = nil
    ) -> Self {
        Self(.unknown, code: code, message, traceId: traceId, details: details, cause: cause)
    }

    /// A programming mistake (`InternalException`): status 500.
    public static func `internal`(
        code: String, _ message: String, traceId: String? = nil, details: AnyValueMap = [:], cause: (any Error)? = nil
    ) -> Self {
        Self(.internal, code: code, message, traceId: traceId, details: details, cause: cause)
    }

    /// A mistake in the configuration (`ConfigException`): status 500.
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

    /// No connection to another system, or no answer in time (`ConnectionException`): status 500.
    public static func connection(
        code: String, _ message: String, traceId: String? = nil, details: AnyValueMap = [:], cause: (any Error)? = nil
    ) -> Self {
        Self(.noResponse, code: code, message, traceId: traceId, details: details, cause: cause)
    }

    /// A call that failed (`InvocationException`): status 500.
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

    /// Wrong parameters of a call (`BadRequestException`): status 400.
    public static func badRequest(
        code: String, _ message: String, traceId: String? = nil, details: AnyValueMap = [:], cause: (any Error)? = nil
    ) -> Self {
        Self(.badRequest, code: code, message, traceId: traceId, details: details, cause: cause)
    }

    /// The caller is not known or may not do this (`UnauthorizedException`): status 401.
    public static func unauthorized(
        code: String, _ message: String, traceId: String? = nil, details: AnyValueMap = [:], cause: (any Error)? = nil
    ) -> Self {
        Self(.unauthorized, code: code, message, traceId: traceId, details: details, cause: cause)
    }

    /// Something that is not there (`NotFoundException`): status 404.
    public static func notFound(
        code: String, _ message: String, traceId: String? = nil, details: AnyValueMap = [:], cause: (any Error)? = nil
    ) -> Self {
        Self(.notFound, code: code, message, traceId: traceId, details: details, cause: cause)
    }

    /// A conflict of versions or a lock that was not got (`ConflictException`): status 409.
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

    /// Something that is not built or not compiled in (`UnsupportedException`): status 500.
    public static func unsupported(
        code: String, _ message: String, traceId: String? = nil, details: AnyValueMap = [:], cause: (any Error)? = nil
    ) -> Self {
        Self(.unsupported, code: code, message, traceId: traceId, details: details, cause: cause)
    }
}
