import Synchronization

/// Lets other tasks run after every few requests.
///
/// A connection with many requests at once never has to wait: without this, its task would occupy a thread until all of
/// them are answered.
final class CooperativeYield: Sendable {
    private let count = Atomic<Int>(0)

    /// Yields at every eighth call, of all tasks together.
    func yieldIfDue() async {
        if count.wrappingAdd(1, ordering: .relaxed).newValue % 8 == 0 { await Task.yield() }
    }
}
