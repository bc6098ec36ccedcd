/// What is asked of a collection of documents.
public struct DocumentQuery: Sendable, Hashable {
    /// Which documents are meant.
    public var filter: FilterExpression
    /// The order; without one, that in which documents were stored.
    public var sort: SortParams
    /// How many documents to leave out at the start.
    public var skip: Int
    /// How many documents to give; nil for all.
    public var take: Int?
    /// Which fields to give, as paths; none means all.
    public var fields: ProjectionParams

    /// Creates a question. A `skip` or `take` below zero counts as zero.
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
