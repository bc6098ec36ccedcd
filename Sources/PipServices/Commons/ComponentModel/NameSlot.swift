/// The name of a component in its service: the fourth part of its descriptor. A child component has the name of its
/// owner. `default` before configuration and outside a container.
final class NameSlot: Slot {
    private let name = Locked("default")

    init() { SlotCollector.register(self) }

    func callAsFunction() -> String { name.current }

    var role: SlotRole { SlotRole(name: self) }

    /// - Parameter locator: the locator of the component.
    func take(_ locator: String) {
        let parts = locator.parts(separatedBy: ":")
        guard parts.count == 5, !parts[3].isEmpty, parts[3] != "*" else { return }
        name.withLock { $0 = String(parts[3]) }
    }
}
