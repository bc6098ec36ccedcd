/// What a list is sorted by, the most important field first (the toolkit's `SortParams`).
public struct SortParams: Sendable, Hashable {
    /// The fields.
    public var fields: [SortField]

    /// Creates parameters.
    public init(_ fields: SortField...) { self.fields = fields }

    /// Creates parameters from a list of fields.
    public init(_ fields: [SortField]) { self.fields = fields }
}
