/// A check of a component in the linked service, in addition to the checks of its settings and dependencies.
///
/// It runs after all components are linked without errors and before anything opens. It also runs in `--check`.
final class ReviewSlot: Slot {
    /// Returns the problems of a component. The arguments are the component, its locator for messages, and all
    /// components of the service, nested ones included.
    typealias Check = @Sendable (_ owner: any Component, _ name: String, _ service: [any Component]) -> [ConfigProblem]

    let check: Check

    init(_ check: @escaping Check) {
        self.check = check
        SlotCollector.register(self)
    }

    var role: SlotRole { SlotRole(review: self) }
}

extension ComponentModel {
    /// Returns the problems that the reviews of the component and its children find.
    func review(_ service: [any Component]) -> [ConfigProblem] {
        roles.compactMap(\.review).flatMap { $0.check(component, name, service) }
            + children.flatMap { $0.review(service) }
    }
}
