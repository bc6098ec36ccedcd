#if PIP_HTTP
internal import NIOCore

extension TimeAmount {
    /// Converts a duration; a negative one becomes zero.
    init(_ duration: Duration) {
        self = .nanoseconds(Int64(min(9e18, max(0, duration.milliseconds * 1_000_000))))
    }
}
#endif
