/// The name of a component in its service: the fourth part of its descriptor, and that of its owner for a component inside
/// another one. `default` before it is configured, and outside a container.
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
