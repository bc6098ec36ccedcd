/// A deterministic sort order: by the fields, then by insertion order.
struct MongoDBSort {
    struct Key {
        let path: String
        let isAscending: Bool
    }

    /// At most 32, the server's limit.
    let keys: [Key]

    /// - Throws: BadRequest `BAD_PATH`, `TOO_MANY_FIELDS`.
    init(_ params: SortParams, _ context: Context) throws(ApplicationError) {
        let filter = MongoDBFilter(context: context)
        var keys: [Key] = []
        for field in params.fields {
            let path = try filter.path(field.name)
            // A repeated field has no effect.
            if !keys.contains(where: { $0.path.isSame(as: path) }) {
                keys.append(Key(path: path, isAscending: field.ascending))
            }
        }
        let last = keys.last?.isAscending ?? true
        if !keys.contains(where: { $0.path.isSame(as: MongoDBFields.id) }) {
            keys += [MongoDBFields.order, MongoDBFields.id].map { Key(path: $0, isAscending: last) }
        }
        guard keys.count <= 32 else {
            throw .badRequest(
                code: "TOO_MANY_FIELDS", "An order has \(params.fields.count) fields; expected at most 30",
                traceId: context.traceId)
        }
        self.keys = keys
    }

    var document: BSONValue { .document(keys.map { BSONValue.Pair($0.path, .integer($0.isAscending ? 1 : -1)) }) }

    /// The query for documents that follow these key values.
    func query(behind values: [BSONValue]) -> BSONValue {
        var choices: [BSONValue] = []
        var equal: [BSONValue.Pair] = []
        for (key, value) in zip(keys, values) {
            let next = MongoDBOrder.after(key.path, value, isAscending: key.isAscending)
            choices += next.map { .document([.init("$and", .array(equal.map { .document([$0]) } + [$0]))]) }
            equal.append(.init(key.path, value.isNull ? value : ["$eq": value]))
        }
        guard !choices.isEmpty else { return MongoDBFilter.none }
        let query = BSONValue.document([.init("$or", .array(choices))])
        guard let first = keys.first, let value = values.first, !value.isNull, !MongoDBOrder.isNaN(value) else {
            return query
        }
        // Redundant, but it tells the server where to start in an index.
        let isBefore: BSONValue = first.isAscending ? ["$lt": value] : ["$gt": value]
        return ["$and": [.document([.init(first.path, ["$not": isBefore])]), query]]
    }
}

/// The server's sort order of values of different types.
enum MongoDBOrder {
    /// The types in order, by their `$type` names. Null and missing values come first.
    private static let kinds = [
        ["number"], ["string", "symbol"], ["object"], ["array"], ["binData"], ["objectId"], ["bool"], ["date"],
        ["timestamp"], ["regex"],
    ]

    /// Queries of which one matches the values that follow a value.
    static func after(_ path: String, _ value: BSONValue, isAscending: Bool) -> [BSONValue] {
        func pair(_ condition: BSONValue) -> BSONValue { .document([.init(path, condition)]) }
        func types(_ kinds: some Sequence<[String]>) -> [BSONValue] {
            let names = kinds.flatMap { $0 }
            return names.isEmpty ? [] : [pair(["$type": .array(names.map { .string($0) })])]
        }
        // An empty list sorts before null. The driver's own fields are not lists.
        let empty = MongoDBFields.reserved.contains(sameAs: path) ? [] : [pair(["$eq": .array([])])]
        guard let kind = kind(value) else { return isAscending ? types(kinds) : empty }
        // NaN sorts before all other numbers and equals itself.
        if isNaN(value) {
            let least = BSONValue.value(.double(-.infinity))
            return isAscending ? [pair(["$gte": least])] + types(kinds.dropFirst()) : [pair(.value(.null))] + empty
        }
        if isAscending { return [pair(["$gt": value])] + types(kinds.dropFirst(kind + 1)) }
        let nan = kind == 0 ? [pair(["$eq": .value(.double(.nan))])] : []
        return [pair(["$lt": value])] + nan + types(kinds.prefix(kind)) + [pair(.value(.null))] + empty
    }

    /// The rank of a value's type; nil for null.
    fileprivate static func kind(_ value: BSONValue) -> Int? {
        switch value {
        case .int64: return 0
        case .array: return 3
        case .document: return 2
        case .value(let value):
            switch value {
            case .null: return nil
            case .integer, .double, .decimal: return 0
            case .string: return 1
            case .map: return 2
            case .array: return 3
            case .bool: return 6
            case .date: return 7
            }
        case .raw(let type, _):
            switch type {
            case .null, .undefined, .minKey, .maxKey: return nil
            case .double, .int32, .int64, .decimal128: return 0
            case .string, .symbol: return 1
            case .document: return 2
            case .array: return 3
            case .binary: return 4
            case .objectID: return 5
            case .bool: return 6
            case .date: return 7
            case .timestamp: return 8
            case .regex, .pointer, .code, .codeWithScope: return 9
            }
        }
    }

    fileprivate static func isNaN(_ value: BSONValue) -> Bool {
        switch value {
        case .value(let value): value.isNaN
        case .raw(.double, let bytes) where bytes.count == 8: BSONReader(bytes).double(at: 0).isNaN
        case .raw(.decimal128, let bytes) where bytes.count == 16: BSONReader(bytes).decimal(at: 0).value.isNaN
        default: false
        }
    }
}

extension BSONValue {
    fileprivate var isNull: Bool { MongoDBOrder.kind(self) == nil }
}
