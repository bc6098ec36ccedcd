import FoundationEssentials

/// The clock of a component: the service's component at `*:clock:*:*:1.0` if it has one, otherwise the system clock.
///
/// ```swift
/// let clock = ClockSlot()
/// ```
public final class ClockSlot: SourceSlot, ClockSource {
    let box = SlotBox<any ClockSource>(SystemClock())
    let declaration = DependencyDeclaration(
        name: "clock", locators: ["*:clock:*:*:1.0"], isRequired: false, type: "ClockSource")

    /// Declares that the component needs a clock.
    public init() { SlotCollector.register(self) }

    /// Returns the clock. One atomic load; safe from any task.
    public func callAsFunction() -> any ClockSource { box.value ?? standard }

    /// The current date and time.
    public var now: Date { callAsFunction().now }
    /// Monotonic time since an unspecified moment.
    public var uptime: Duration { callAsFunction().uptime }
    /// Suspends the task for `duration`. Throws `CancellationError` if the task is cancelled.
    public func sleep(for duration: Duration) async throws { try await callAsFunction().sleep(for: duration) }

    /// Used by the container.
    public var role: SlotRole { SlotRole(link: self) }

    // MARK: - Internal

    var standard: any ClockSource { SystemClock() }
}
