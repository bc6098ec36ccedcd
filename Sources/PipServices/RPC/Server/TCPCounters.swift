#if PIP_HTTP
internal import NIOCore

/// TCP statistics of the system: the beginning of Linux's `tcp_info`, which C libraries declare only in part.
struct TCPCounters: Sendable {
    private var states: UInt64 = 0
    private var numbers = InlineArray<24, UInt32>(repeating: 0)
    private var pacingRates = InlineArray<2, UInt64>(repeating: 0)
    private var bytesAcked: UInt64 = 0

    /// The number of bytes acknowledged by the peer; nil if not available.
    static func acknowledgedBytes(_ channel: any Channel) -> Int? {
        guard let provider = channel as? any SocketOptionProvider else { return nil }
        let counters: EventLoopFuture<TCPCounters> = provider.unsafeGetSocketOption(
            level: NIOBSDSocket.OptionLevel.tcp, name: .tcp_info)
        var count: UInt64 = 0
        // On the channel's own event loop, the result is available at once.
        counters.assumeIsolated().whenSuccess { count = $0.bytesAcked }
        return count == 0 ? nil : Int(clamping: count)
    }
}
#endif
