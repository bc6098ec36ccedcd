public import FoundationEssentials

/// An item with a string id (the toolkit's `IStringIdentifiable`). An empty id means that it is not assigned yet.
public protocol StringIdentifiable: Identifiable, Sendable where ID == String {
    /// The id.
    var id: String { get set }
}

/// An item with a name (the toolkit's `INamed`).
public protocol Named: Sendable {
    /// The name.
    var name: String { get set }
}

/// An item with a version for optimistic locking (the toolkit's `IVersioned`).
public protocol Versioned: Sendable {
    /// The version.
    var version: String { get set }
}

/// An item that records when it was changed (the toolkit's `IChangeable`). The other editions use `change_time` in
/// JSON.
public protocol Changeable: Sendable {
    /// When the item was last changed.
    var changeTime: Date { get set }
}

/// An item that records when it was created, changed and deleted (the toolkit's `ITrackable`). The other editions use
/// `create_time`, `change_time` and `deleted` in JSON.
public protocol Trackable: Changeable {
    /// When the item was created.
    var createTime: Date { get set }
    /// True for an item that is marked as deleted but still stored; nil means false.
    var deleted: Bool? { get set }
}
