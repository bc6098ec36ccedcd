/// A field to sort by, and which way (the toolkit's `SortField`).
public struct SortField: Sendable, Hashable, Codable {
    /// The field's name.
    public var name: String
    /// True for the smallest first.
    public var ascending: Bool

    /// Creates a sort field.
    public init(_ name: String, ascending: Bool = true) {
        self.name = name
        self.ascending = ascending
    }
}
