/// The header fields that the toolkit's clients send beside those of HTTP.
public enum HTTPFieldNames {
    /// The trace id of the operation: `trace_id`.
    public static let traceId = "trace_id"
    /// How many milliseconds the caller still waits for the answer, a whole number: `Request-Timeout-Ms`. What is
    /// done later is done for nobody. A client sends what is left of the call's time when it sends the request.
    public static let timeout = "Request-Timeout-Ms"
    /// A text that is the same in all tries of one call, and in no other call: `Idempotency-Key`. A service that knows
    /// it carries the call out once.
    public static let idempotencyKey = "Idempotency-Key"
    /// The place in a trace of the W3C's Trace Context.
    static let traceParent = "traceparent"
    static let traceState = "tracestate"
}
