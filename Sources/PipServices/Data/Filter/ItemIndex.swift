/// An index over a field, which an engine keeps so that filters and sorts by that field need not look at all items.
public struct ItemIndex<Item: Sendable>: Sendable {
    /// What an index can answer.
    public enum Kind: String, Sendable, Hashable {
        /// Equality, and being one of several values.
        case hash
        /// Also comparisons, prefixes and sorting.
        case ordered
    }

    /// What the index can answer.
    public let kind: Kind
    let field: AnyField<Item>

    /// The field's path.
    public var path: String { field.path }

    /// An index that answers equality, in O(1).
    public static func hash<Value>(_ field: Field<Item, Value>) -> ItemIndex {
        ItemIndex(kind: .hash, field: field.any)
    }

    /// An index that also answers comparisons, prefixes and sorting, in O(log n).
    public static func ordered<Value>(_ field: Field<Item, Value>) -> ItemIndex {
        ItemIndex(kind: .ordered, field: field.any)
    }
}
