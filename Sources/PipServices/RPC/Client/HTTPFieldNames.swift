/// Non-standard header fields that the toolkit's clients send.
public enum HTTPFieldNames {
    /// The trace id of the operation: `trace_id`.
    public static let traceId = "trace_id"
    /// The caller's remaining time in milliseconds, a whole number: `Request-Timeout-Ms`. Work after that time is
    /// useless to the caller.
    public static let timeout = "Request-Timeout-Ms"
    /// A string that is the same in all attempts of a call and unique to it: `Idempotency-Key`. A service that supports
    /// it executes the call once.
    public static let idempotencyKey = "Idempotency-Key"
    /// The position in a W3C Trace Context trace.
    static let traceParent = "traceparent"
    static let traceState = "tracestate"
}
