import Synchronization

/// The number of times that slots of the process have changed. What is derived from settings and dependencies stays
/// valid while the number stays the same.
///
/// A value that is derived after ``count`` was read contains all changes up to that number, since a slot changes before
/// the number does.
enum SlotChanges {
    /// The present number: one atomic load.
    static var count: UInt64 { number.load(ordering: .acquiring) }

    /// Counts a change that is visible to readers already.
    static func add() { number.wrappingAdd(1, ordering: .acquiringAndReleasing) }

    // MARK: - Internal

    private static let number = Atomic<UInt64>(1)
}
