/// The error of a save that a sink took in part: the ``CachedBuffer`` keeps only the other items.
public struct UnsavedItems<Item: Sendable>: Error {
    /// The items that were not saved, the oldest first.
    public let items: [Item]
    /// Why they were not.
    public let cause: any Error

    /// Creates the error.
    public init(_ items: [Item], cause: any Error) { (self.items, self.cause) = (items, cause) }
}
