import FoundationEssentials

/// The clock that a component goes by: the service's component at `*:clock:*:*:1.0` where there is one, else the system's.
///
/// ```swift
/// let clock = ClockSlot()
/// ```
public final class ClockSlot: LinkSlot, ClockSource {
    private let box = SlotBox<any ClockSource>(SystemClock())
    let declaration = DependencyDeclaration(
        name: "clock", locators: ["*:clock:*:*:1.0"], isRequired: false, type: "ClockSource")

    /// Declares the need.
    public init() { SlotCollector.register(self) }

    /// The source. One atomic load; safe from any task.
    public func callAsFunction() -> any ClockSource { box.value ?? SystemClock() }

    /// The time of day.
    public var now: Date { callAsFunction().now }
    /// Time that passed since some fixed moment; it never goes back.
    public var uptime: Duration { callAsFunction().uptime }
    /// Waits. Throws `CancellationError` when the task is cancelled.
    public func sleep(for duration: Duration) async throws { try await callAsFunction().sleep(for: duration) }

    /// For the container.
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
