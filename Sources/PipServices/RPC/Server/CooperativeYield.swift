import Synchronization

/// Yields to other tasks every few requests.
///
/// A connection with many pending requests never suspends: without this, its task would occupy a thread until all of
/// them are answered.
final class CooperativeYield: Sendable {
    private let count = Atomic<Int>(0)

    /// Yields on every eighth call, counted over all tasks.
    func yieldIfDue() async {
        if count.wrappingAdd(1, ordering: .relaxed).newValue % 8 == 0 { await Task.yield() }
    }
}
