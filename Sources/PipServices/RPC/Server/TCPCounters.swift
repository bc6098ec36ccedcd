#if PIP_HTTP
internal import NIOCore

/// What the system counts of a TCP connection: the head of Linux's `tcp_info`, of which C libraries declare less.
struct TCPCounters: Sendable {
    private var states: UInt64 = 0
    private var numbers = InlineArray<24, UInt32>(repeating: 0)
    private var pacingRates = InlineArray<2, UInt64>(repeating: 0)
    private var bytesAcked: UInt64 = 0

    /// How many bytes the peer has acknowledged; nil where the system does not tell.
    static func acknowledgedBytes(_ channel: any Channel) -> Int? {
        guard let provider = channel as? any SocketOptionProvider else { return nil }
        let counters: EventLoopFuture<TCPCounters> = provider.unsafeGetSocketOption(
            level: NIOBSDSocket.OptionLevel.tcp, name: .tcp_info)
        var count: UInt64 = 0
        // On the channel's own loop it is there at once.
        counters.assumeIsolated().whenSuccess { count = $0.bytesAcked }
        return count == 0 ? nil : Int(clamping: count)
    }
}
#endif
