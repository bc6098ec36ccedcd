import FoundationEssentials

/// A source of time for the components of a service: the system clock, or in tests a clock that the test advances.
///
/// Components read it through a ``ClockSlot``. They do not call `Date()` or `Task.sleep`.
public protocol ClockSource: Sendable {
    /// The current date and time.
    var now: Date { get }
    /// Monotonic time since an unspecified moment.
    var uptime: Duration { get }
    /// Suspends the task for `duration`. Throws `CancellationError` if the task is cancelled.
    func sleep(for duration: Duration) async throws
}
