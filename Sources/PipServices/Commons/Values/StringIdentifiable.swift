/// An item with a text id of its own (the toolkit's `IStringIdentifiable`). An empty id is one that is still to be given.
public protocol StringIdentifiable: Identifiable, Sendable where ID == String {
    /// The id.
    var id: String { get set }
}
