import Synchronization

/// The memory limit for all request bodies that are read as a whole. Each body is limited too, but many connections
/// together could exhaust the memory.
final class BodyBudget: Sendable {
    /// The part of each body that does not count. Large bodies that use up the budget must not block small ones.
    static let own = 16_384

    private let limit: Int
    private let taken = Atomic<Int>(0)

    init(limit: Int) { self.limit = limit }

    /// A share of the budget, returned when it is released.
    final class Share: Sendable {
        private let budget: BodyBudget
        private let count = Atomic<Int>(0)

        init(_ budget: BodyBudget) { self.budget = budget }

        /// - Throws: InvalidState `OVERLOADED` with status 503 if the budget is exhausted.
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
