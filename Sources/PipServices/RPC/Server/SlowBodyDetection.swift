/// Detects a body that is slower than the endpoint's minimum rate.
///
/// Bytes are compared once per interval, not per read, so short pauses are accepted.
struct SlowBodyDetection: Sendable {
    /// The length of an interval.
    let interval: Duration
    private let leastBytes: Int
    private var bytesAtStart = 0

    /// - Parameter rate: the minimum rate, in bytes per second; 0 accepts any rate.
    init(rate: Int, interval: Duration) {
        self.interval = interval
        leastBytes = Int(min(1e15, Double(rate) * interval.milliseconds / 1000))
    }

    /// Starts an interval.
    /// - Parameter bytes: the number of bytes transferred so far.
    mutating func start(at bytes: Int) { bytesAtStart = bytes }

    /// True if the transfer in the interval was below the rate.
    /// - Parameter bytes: the number of bytes transferred so far.
    /// - Parameter mustMove: true if a stalled body is too slow for any rate.
    func isTooSlow(at bytes: Int, mustMove: Bool = false) -> Bool {
        bytes - bytesAtStart < (mustMove ? max(1, leastBytes) : leastBytes)
    }

    /// The size of separately counted pieces: small enough that a body at the minimum rate completes one per interval.
    var pieceSize: Int { min(16_384, max(1024, leastBytes)) }
}
