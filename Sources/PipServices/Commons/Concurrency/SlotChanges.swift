import Synchronization

/// Counts the changes of slots in the process. Data derived from settings and dependencies stays valid while the count
/// is unchanged.
///
/// A slot changes before the count does. Data derived after reading ``count`` therefore includes all changes up to that
/// count.
enum SlotChanges {
    /// The current count. One atomic load.
    static var count: UInt64 { number.load(ordering: .acquiring) }

    /// Counts a change that readers can already see.
    static func add() { number.wrappingAdd(1, ordering: .acquiringAndReleasing) }

    // MARK: - Internal

    private static let number = Atomic<UInt64>(1)
}
