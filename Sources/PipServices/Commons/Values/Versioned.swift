/// An item that is versioned (the toolkit's `IVersioned`), so that a change of an item that was changed meanwhile is
/// noticed.
public protocol Versioned: Sendable {
    /// The version.
    var version: String { get set }
}
