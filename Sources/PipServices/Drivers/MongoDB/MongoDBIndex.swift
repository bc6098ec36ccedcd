/// An index of a collection of MongoDB (the toolkit's `MongoDbIndex`).
public struct MongoDBIndex: Sendable, Hashable {
    /// The fields by their paths in JSON, the most important first, each with its direction.
    public var fields: [SortField]
    /// True when no two documents may be equal in all of the fields. Documents without the fields are equal in them.
    public var isUnique: Bool
    /// Further options as MongoDB names them, such as `expireAfterSeconds`, `sparse`, `partialFilterExpression`, `name`.
    public var options: BSONDocument

    /// Describes an index.
    public init(_ fields: [SortField], isUnique: Bool = false, options: BSONDocument = [:]) {
        self.fields = fields
        self.isUnique = isUnique
        self.options = options
    }

    // MARK: - Internal

    init<Item>(_ index: ItemIndex<Item>) { self.init([SortField(index.path)]) }

    /// The index as the command `createIndexes` wants it.
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
