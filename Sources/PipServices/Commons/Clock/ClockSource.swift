import FoundationEssentials

/// Where a service takes the time from: the system, or in tests a clock that is moved by hand.
///
/// Components read it through a ``ClockSlot`` rather than from `Date()` or `Task.sleep`.
public protocol ClockSource: Sendable {
    /// The time of day.
    var now: Date { get }
    /// Time that passed since some fixed moment; it never goes back.
    var uptime: Duration { get }
    /// Waits. Throws `CancellationError` when the task is cancelled.
    func sleep(for duration: Duration) async throws
}
