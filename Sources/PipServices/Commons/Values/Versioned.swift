/// An item with a version for optimistic locking (the toolkit's `IVersioned`).
public protocol Versioned: Sendable {
    /// The version.
    var version: String { get set }
}
