/// A query on a collection.
struct MongoDBFind: Sendable {
    var filter: BSONValue
    var sort: BSONValue
    var skip = 0
    /// The maximum number of documents; nil for all.
    var take: Int?
    var projection: BSONValue?

    init(filter: BSONValue, sort: BSONValue = [:], skip: Int = 0, take: Int? = nil, projection: BSONValue? = nil) {
        (self.filter, self.sort, self.skip, self.take, self.projection) = (filter, sort, skip, take, projection)
    }

    /// - Throws: the errors of ``MongoDBFilter`` and ``MongoDBSort``.
    init(
        _ context: Context, _ filter: FilterExpression, _ sort: SortParams, skip: Int = 0, take: Int? = nil,
        fields: ProjectionParams = ProjectionParams()
    ) throws(ApplicationError) {
        self.init(
            filter: try MongoDBFilter(context: context).query(filter), sort: try MongoDBSort(sort, context).document,
            skip: skip, take: take, projection: Self.projection(fields.fields))
    }

    // MARK: - Internal

    /// The fields to request for these paths. The final selection is made later, because a path may contain a list
    /// index.
    static func projection(_ paths: [String]) -> BSONValue? {
        guard !paths.isEmpty else { return nil }
        let filter = MongoDBFilter(context: .empty)
        var parts: [[String]] = []
        for path in paths {
            // Invalid paths select nothing.
            guard let path = try? filter.path(path) else { continue }
            parts.append(PropertyPath.split(path).prefix { PropertyPath.index($0) == nil }.map { $0 })
        }
        parts = parts.filter { !$0.isEmpty }.sorted { $0.count < $1.count }
        var kept: [[String]] = []
        for path in parts where !kept.contains(where: { Self.isPrefix($0, of: path) }) { kept.append(path) }
        var pairs = kept.map { BSONValue.Pair($0.joined(separator: "."), .integer(1)) }
        if !kept.contains(where: { $0.first.isSame(as: MongoDBFields.id) }) {
            // A projection must not be empty.
            pairs.append(.init(MongoDBFields.id, .integer(pairs.isEmpty ? 1 : 0)))
        }
        return .document(pairs)
    }

    private static func isPrefix(_ short: [String], of long: [String]) -> Bool {
        short.count <= long.count && zip(short, long).allSatisfy { $0.isSame(as: $1) }
    }
}
