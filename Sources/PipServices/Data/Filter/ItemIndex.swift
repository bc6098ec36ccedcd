/// An index on a field. With it, filters and sorts by that field need not scan all items.
public struct ItemIndex<Item: Sendable>: Sendable {
    /// The capabilities of an index.
    public enum Kind: String, Sendable, Hashable {
        /// Equality with one or several values.
        case hash
        /// Also comparisons, prefixes and sorting.
        case ordered
    }

    /// The capabilities of the index.
    public let kind: Kind
    let field: AnyField<Item>

    /// The field's path.
    public var path: String { field.path }

    /// Checks that the field has a name.
    /// - Throws: Internal `NO_FIELD_NAME`, see ``Field``.
    func check(_ context: Context) throws(ApplicationError) {
        if let problem = field.problem { throw problem.withTraceId(context.traceId) }
    }

    /// Creates an index for equality, in O(1).
    public static func hash<Value>(_ field: Field<Item, Value>) -> ItemIndex {
        ItemIndex(kind: .hash, field: field.any)
    }

    /// Creates an index that also supports comparisons, prefixes and sorting, in O(log n).
    public static func ordered<Value>(_ field: Field<Item, Value>) -> ItemIndex {
        ItemIndex(kind: .ordered, field: field.any)
    }
}
