import FoundationEssentials

/// The clock of a component: the service's component at `*:clock:*:*:1.0` if it has one, otherwise the system clock.
///
/// ```swift
/// let clock = ClockSlot()
/// ```
public final class ClockSlot: LinkSlot, ClockSource {
    private let box = SlotBox<any ClockSource>(SystemClock())
    let declaration = DependencyDeclaration(
        name: "clock", locators: ["*:clock:*:*:1.0"], isRequired: false, type: "ClockSource")

    /// Declares that the component needs a clock.
    public init() { SlotCollector.register(self) }

    /// Returns the clock. One atomic load; safe from any task.
    public func callAsFunction() -> any ClockSource { box.value ?? SystemClock() }

    /// The current date and time.
    public var now: Date { callAsFunction().now }
    /// Monotonic time since an unspecified moment.
    public var uptime: Duration { callAsFunction().uptime }
    /// Suspends the task for `duration`. Throws `CancellationError` if the task is cancelled.
    public func sleep(for duration: Duration) async throws { try await callAsFunction().sleep(for: duration) }

    /// Used by the container.
    public var role: SlotRole { SlotRole(link: self) }

    // MARK: - Internal

    var keys: [String] { declaration.keys }

    func link(_ linker: SlotLinker) -> [ConfigProblem] {
        relink(linker)
        return check(linker).map { [$0] } ?? []
    }

    func relink(_ linker: SlotLinker) {
        if let source = linker.first(declaration.name, [], declaration.locators, as: (any ClockSource).self) {
            box.replace(source)
        }
    }

    func check(_ linker: SlotLinker) -> ConfigProblem? {
        let found = linker.first(declaration.name, [], declaration.locators, as: (any ClockSource).self)
        return found == nil ? linker.missingIfNamed(declaration) : nil
    }

    func unlink() { box.set(SystemClock()) }

    var linked: [ObjectIdentifier] { [] }
}
