public import PipServices

/// What a ``VersionedPersistenceContract`` stores.
public struct VersionedPersistenceItem: StringIdentifiable, Versioned, Codable, Hashable {
    /// The id.
    public var id: String
    /// The version.
    public var version = ""
    /// A text.
    public var key: String

    /// Creates an item without a version.
    public init(id: String, key: String) {
        self.id = id
        self.key = key
    }
}
