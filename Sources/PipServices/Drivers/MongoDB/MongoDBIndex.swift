/// An index of a MongoDB collection (the toolkit's `MongoDbIndex`).
public struct MongoDBIndex: Sendable, Hashable {
    /// The JSON paths of the fields with their directions, most significant first.
    public var fields: [SortField]
    /// True if documents must not be equal in all of the fields. Missing fields count as equal.
    public var isUnique: Bool
    /// Additional MongoDB options, such as `expireAfterSeconds`, `sparse`, `partialFilterExpression`, `name`.
    public var options: BSONDocument

    /// Creates an index description.
    public init(_ fields: [SortField], isUnique: Bool = false, options: BSONDocument = [:]) {
        self.fields = fields
        self.isUnique = isUnique
        self.options = options
    }

    // MARK: - Internal

    init<Item>(_ index: ItemIndex<Item>) { self.init([SortField(index.path)]) }

    /// The index in the format of the `createIndexes` command.
    func document(_ context: Context) throws -> BSONValue {
        let filter = MongoDBFilter(context: context)
        var keys: [BSONValue.Pair] = []
        for field in fields {
            let path = field.name.isSame(as: MongoDBFields.order) ? field.name : try filter.path(field.name)
            keys.append(.init(path, .integer(field.ascending ? 1 : -1)))
        }
        guard !keys.isEmpty else {
            throw ApplicationError.badRequest(
                code: "NO_FIELDS", "An index has no fields; expected at least one", traceId: context.traceId)
        }
        let options = try options.values()
        var name = keys.map { key in
            if case .value(let direction) = key.value { "\(key.name)_\(direction)" } else { key.name }
        }.joined(separator: "_")
        if let given = options["name"]?.string { name = given }
        var pairs: [BSONValue.Pair] = [.init("key", .document(keys)), .init("name", .string(name))]
        if isUnique { pairs.append(.init("unique", .bool(true))) }
        for (name, value) in options where !["key", "name", "unique"].contains(sameAs: name) {
            pairs.append(.init(name, .value(value)))
        }
        return .document(pairs)
    }
}
