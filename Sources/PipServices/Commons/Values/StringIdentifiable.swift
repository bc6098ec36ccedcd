/// An item with a string id (the toolkit's `IStringIdentifiable`). An empty id means that it is not assigned yet.
public protocol StringIdentifiable: Identifiable, Sendable where ID == String {
    /// The id.
    var id: String { get set }
}
