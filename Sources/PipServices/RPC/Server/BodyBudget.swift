import Synchronization

/// What the bodies that are read whole may take together. Each may be as large as the endpoint takes: without a bound for
/// all of them, as many clients as there may be connections could fill the memory.
final class BodyBudget: Sendable {
    /// What a body has for itself. Who fills the budget with large bodies must not shut out those that are as small as
    /// most are.
    static let own = 16_384

    private let limit: Int
    private let taken = Atomic<Int>(0)

    init(limit: Int) { self.limit = limit }

    /// A part of the budget, given back when nobody holds it any more.
    final class Share: Sendable {
        private let budget: BodyBudget
        private let count = Atomic<Int>(0)

        init(_ budget: BodyBudget) { self.budget = budget }

        /// - Throws: InvalidState `OVERLOADED` with status 503 when others leave too little.
        func take(_ bytes: Int) throws(ApplicationError) {
            count.wrappingAdd(bytes, ordering: .relaxed)
            guard budget.taken.wrappingAdd(bytes, ordering: .relaxed).newValue <= budget.limit else {
                throw .invalidState(
                    code: "OVERLOADED", "The bodies of the requests under way take too much memory together",
                    details: ["limit": .integer(Int64(budget.limit))]
                ).withStatus(503)
            }
        }

        deinit { budget.taken.wrappingSubtract(count.load(ordering: .relaxed), ordering: .relaxed) }
    }
}
