/// Detects a body that moves more slowly than the least rate of an endpoint.
///
/// The bytes are compared once per interval, not per read, so that pauses shorter than the interval are accepted.
struct SlowBodyDetection: Sendable {
    /// The length of an interval.
    let interval: Duration
    private let leastBytes: Int
    private var bytesAtStart = 0

    /// - Parameter rate: the least rate, in bytes per second; with 0 every body is fast enough.
    init(rate: Int, interval: Duration) {
        self.interval = interval
        leastBytes = Int(min(1e15, Double(rate) * interval.milliseconds / 1000))
    }

    /// Starts an interval.
    /// - Parameter bytes: how many bytes have moved so far.
    mutating func start(at bytes: Int) { bytesAtStart = bytes }

    /// True when fewer bytes have moved in the interval than the rate requires.
    /// - Parameter bytes: how many bytes have moved so far.
    /// - Parameter mustMove: true when a body that does not move at all is too slow for any rate.
    func isTooSlow(at bytes: Int, mustMove: Bool = false) -> Bool {
        bytes - bytesAtStart < (mustMove ? max(1, leastBytes) : leastBytes)
    }

    /// The size of pieces which are counted one by one: small enough for a body at the least rate to finish one per
    /// interval.
    var pieceSize: Int { min(16_384, max(1024, leastBytes)) }
}
