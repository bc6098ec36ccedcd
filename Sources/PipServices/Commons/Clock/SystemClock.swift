import FoundationEssentials

/// The clock of the machine.
public struct SystemClock: ClockSource {
    private static let start = ContinuousClock.now

    /// Creates the clock; all system clocks are alike.
    public init() {}

    /// The time of day.
    public var now: Date { Date() }
    /// Time since the process first asked a system clock.
    public var uptime: Duration { Self.start.duration(to: .now) }
    /// Waits. Throws `CancellationError` when the task is cancelled.
    public func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }
}
