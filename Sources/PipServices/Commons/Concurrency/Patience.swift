import Glibc
import Synchronization

/// How long who waits for an answer looks for it before going to sleep.
///
/// A server that is near answers sooner than a thread is woken. Each look leaves the processor to others, so that it takes
/// only what nobody else wants. Where looking was in vain, it is left for a while: that server takes longer.
final class Patience: Sendable {
    /// How many waits go without a look, after one in vain.
    static let waitsWithout = 100

    private let longest: Duration
    private let mostLooks: Int
    private let left = Atomic(0)
    private let clock: any ClockSource

    /// - Parameter longest: how long to look, three times in two microseconds at most.
    init(_ longest: Duration, clock: any ClockSource) {
        self.longest = longest
        self.clock = clock
        // For a clock that stands.
        mostLooks = Int(longest / .microseconds(1)) * 3 / 2
    }

    /// True when the last look was not in vain, or long ago.
    var looks: Bool { left.load(ordering: .relaxed) == 0 }

    /// Looks for a moment, and returns when there is what is waited for, or when it takes too long.
    /// - Returns: whether it is there.
    @discardableResult
    func look(for isThere: () -> Bool) -> Bool {
        guard looks else {
            // Of calls at the same time one may count for both.
            left.store(max(0, left.load(ordering: .relaxed) - 1), ordering: .relaxed)
            return false
        }
        let end = clock.uptime + longest
        for _ in 0..<mostLooks {
            if isThere() { return true }
            guard clock.uptime < end else { break }
            sched_yield()
        }
        if isThere() { return true }
        left.store(Self.waitsWithout, ordering: .relaxed)
        return false
    }
}
