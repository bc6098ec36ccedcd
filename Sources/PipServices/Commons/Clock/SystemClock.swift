import FoundationEssentials

/// The system clock.
public struct SystemClock: ClockSource {
    private static let start = ContinuousClock.now

    /// Creates the clock. All instances behave the same.
    public init() {}

    /// The current date and time.
    public var now: Date { Date() }
    /// Monotonic time since the first use of a system clock in the process.
    public var uptime: Duration { Self.start.duration(to: .now) }
    /// Suspends the task for `duration`. Throws `CancellationError` if the task is cancelled.
    public func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }
}
