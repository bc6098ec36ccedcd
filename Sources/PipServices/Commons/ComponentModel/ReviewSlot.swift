/// A check of a component in the linked service, beyond what its settings and dependencies check.
///
/// It runs when all components are linked and none has an error, before anything is opened; in a check too.
final class ReviewSlot: Slot {
    /// Returns what is wrong with a component of the service, from the component, its locator for messages, and all
    /// components of the service, inner ones included.
    typealias Check = @Sendable (_ owner: any Component, _ name: String, _ service: [any Component]) -> [ConfigProblem]

    let check: Check

    init(_ check: @escaping Check) {
        self.check = check
        SlotCollector.register(self)
    }

    var role: SlotRole { SlotRole(review: self) }
}

extension ComponentModel {
    /// What the reviews of the component and its children find.
    func review(_ service: [any Component]) -> [ConfigProblem] {
        roles.compactMap(\.review).flatMap { $0.check(component, name, service) }
            + children.flatMap { $0.review(service) }
    }
}
