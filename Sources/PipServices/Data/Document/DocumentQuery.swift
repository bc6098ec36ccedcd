/// A query on a document collection.
public struct DocumentQuery: Sendable, Hashable {
    /// The filter.
    public var filter: FilterExpression
    /// The sort order; by default the order of insertion.
    public var sort: SortParams
    /// The number of documents to skip.
    public var skip: Int
    /// The maximum number of documents to return; nil for all.
    public var take: Int?
    /// The paths of the fields to return; empty for all.
    public var fields: ProjectionParams

    /// Creates a query. A negative `skip` or `take` becomes zero.
    public init(
        _ filter: FilterExpression = .all, sort: SortParams = SortParams(), skip: Int = 0, take: Int? = nil,
        fields: ProjectionParams = ProjectionParams()
    ) {
        self.filter = filter
        self.sort = sort
        self.skip = max(0, skip)
        self.take = take.map { max(0, $0) }
        self.fields = fields
    }
}
