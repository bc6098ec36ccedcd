/// An item with a name (the toolkit's `INamed`).
public protocol Named: Sendable {
    /// The name.
    var name: String { get set }
}
