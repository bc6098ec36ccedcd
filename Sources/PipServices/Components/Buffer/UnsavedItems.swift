/// The error of a partial save: the ``CachedBuffer`` keeps only the items that were not saved.
public struct UnsavedItems<Item: Sendable>: Error {
    /// The items that were not saved, oldest first.
    public let items: [Item]
    /// The reason.
    public let cause: any Error

    /// Creates the error.
    public init(_ items: [Item], cause: any Error) { (self.items, self.cause) = (items, cause) }
}
