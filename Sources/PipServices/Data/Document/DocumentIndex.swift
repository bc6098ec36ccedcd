/// An index over fields of a collection of documents.
public struct DocumentIndex: Sendable, Hashable {
    /// The fields by their paths, the most important first, each with its direction.
    public var fields: [SortField]
    /// True when no two documents may be equal in all of the fields.
    public var isUnique: Bool

    /// Creates an index.
    public init(_ fields: [SortField], isUnique: Bool = false) {
        self.fields = fields
        self.isUnique = isUnique
    }
}
