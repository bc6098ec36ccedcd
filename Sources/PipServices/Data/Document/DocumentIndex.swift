/// An index on fields of a document collection.
public struct DocumentIndex: Sendable, Hashable {
    /// The paths of the fields with their directions, most significant first.
    public var fields: [SortField]
    /// True if no two documents may have the same values in all fields.
    public var isUnique: Bool

    /// Creates an index.
    public init(_ fields: [SortField], isUnique: Bool = false) {
        self.fields = fields
        self.isUnique = isUnique
    }
}
