import Glibc
import Synchronization

/// How long who waits for an answer looks for it before going to sleep.
///
/// A server that is near answers sooner than a thread is woken. Each look leaves the processor to others, so that it takes
/// only what nobody else wants. Where looking was in vain, it is left for a while: that server takes longer.
final class MemcachedPatience: Sendable {
    /// How many waits go without a look, after one in vain.
    static let waitsWithout = 100
    private static let mostLooks = 150
    private static let longest = Duration.microseconds(100)

    private let left = Atomic(0)
    private let clock: any ClockSource

    init(clock: any ClockSource) { self.clock = clock }

    /// True when the last look was not in vain, or long ago.
    var looks: Bool { left.load(ordering: .relaxed) == 0 }

    /// Looks for a moment, and returns when there is what is waited for, or when it takes too long.
    func look(for isThere: () -> Bool) {
        guard looks else {
            // Of calls at the same time one may count for both.
            left.store(max(0, left.load(ordering: .relaxed) - 1), ordering: .relaxed)
            return
        }
        let end = clock.uptime + Self.longest
        for _ in 0..<Self.mostLooks {
            if isThere() { return }
            guard clock.uptime < end else { break }
            sched_yield()
        }
        if !isThere() { left.store(Self.waitsWithout, ordering: .relaxed) }
    }
}
