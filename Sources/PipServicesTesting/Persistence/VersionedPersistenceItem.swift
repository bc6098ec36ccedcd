public import PipServices

/// The item type of ``VersionedPersistenceContract``.
public struct VersionedPersistenceItem: StringIdentifiable, Versioned, Codable, Hashable {
    /// The id.
    public var id: String
    /// The version.
    public var version = ""
    /// A string.
    public var key: String

    /// Creates an item without a version.
    public init(id: String, key: String) {
        self.id = id
        self.key = key
    }
}
