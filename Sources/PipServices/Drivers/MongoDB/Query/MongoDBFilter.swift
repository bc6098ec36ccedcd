import FoundationEssentials

/// Translates portable filters into queries with the semantics of docs/data.md.
///
/// - Throws: Unsupported `UNSUPPORTED_FILTER` for conditions that the server would evaluate differently; BadRequest
///   `BAD_PATH`, `TOO_DEEP`.
struct MongoDBFilter {
    /// The maximum nesting depth of conditions, because the server limits the depth of documents.
    static let maxDepth = 40

    let context: Context

    /// The query for a filter.
    func query(_ filter: FilterExpression) throws(ApplicationError) -> BSONValue { try query(filter, depth: 0) }

    /// The server's path for a filter, sort or projection path.
    func path(_ path: String) throws(ApplicationError) -> String {
        let parts = PropertyPath.split(path)
        let isValid = parts.allSatisfy { part in
            !part.isEmpty && part.utf8.first != UInt8(ascii: "$") && !part.utf8.contains(0)
        }
        guard isValid, parts.count <= PropertyPath.maxDepth, let first = parts.first,
            !MongoDBFields.reserved.contains(sameAs: first)
        else {
            throw .badRequest(
                code: "BAD_PATH",
                "The path '\(path.shortened)' cannot be asked for in MongoDB; expected names joined by dots, none of them empty, "
                    + "beginning with '$', or one of " + MongoDBFields.reserved.joined(separator: ", "),
                traceId: context.traceId, details: ["path": .string(path)])
        }
        guard first.isSame(as: "id") else { return path }
        return ([MongoDBFields.id] + parts.dropFirst()).joined(separator: ".")
    }

    // MARK: - Internal

    /// A query that matches nothing.
    static let none: BSONValue = [MongoDBFields.id: ["$in": []]]

    private func query(_ filter: FilterExpression, depth: Int) throws(ApplicationError) -> BSONValue {
        guard depth < Self.maxDepth else {
            throw .badRequest(
                code: "TOO_DEEP", "The filter is nested more than \(Self.maxDepth) levels deep",
                traceId: context.traceId)
        }
        switch filter {
        case .compare(let path, let comparison, let value): return try compare(path, comparison, value)
        case .oneOf(let path, let values): return try oneOf(path, values)
        case .text(let path, let match, let text, let ignoringCase):
            let path = try self.path(path)
            if match == .whole, !ignoringCase { return .document([.init(path, .string(text))]) }
            let pattern = MongoDBPattern(match, text, ignoringCase: ignoringCase).text
            guard pattern.utf8.count <= MongoDBPattern.maxCount else {
                throw unsupported("a text that is too long to be looked for", path)
            }
            return .document([.init(path, ["$regex": .string(pattern)])])
        case .and(let parts):
            return try join("$and", parts, depth) ?? [:]
        case .or(let parts):
            return try join("$or", parts, depth) ?? Self.none
        case .not(let part):
            return ["$nor": [try query(part, depth: depth + 1)]]
        }
    }

    private func join(
        _ name: String, _ parts: [FilterExpression], _ depth: Int
    ) throws(ApplicationError) -> BSONValue? {
        var queries: [BSONValue] = []
        for part in parts { queries.append(try query(part, depth: depth + 1)) }
        return queries.count > 1 ? .document([.init(name, .array(queries))]) : queries.first
    }

    private func compare(
        _ name: String, _ comparison: FilterExpression.Comparison, _ value: AnyValue
    ) throws(ApplicationError) -> BSONValue {
        let path = try path(name)
        try check(value, name)
        if comparison == .equal {
            if value.isNull { return isNull(path) }
            return .document([.init(path, ["$eq": .value(value)])])
        }
        // For the server, null matches `$lte: null`, and NaN matches `$lte: NaN`.
        if value.isNull || value.isNaN { return Self.none }
        if value.array != nil { throw unsupported("a list that comes before or after another", name) }
        let symbol =
            switch comparison {
            case .less: "$lt"
            case .lessOrEqual: "$lte"
            case .greater: "$gt"
            case .greaterOrEqual, .equal: "$gte"
            }
        return .document([.init(path, .document([.init(symbol, .value(value))]))])
    }

    private func oneOf(_ name: String, _ values: [AnyValue]) throws(ApplicationError) -> BSONValue {
        let path = try path(name)
        for value in values { try check(value, name) }
        let isNested = path.contains(scalar: ".")
        let plain = isNested ? values.filter { !$0.isNull } : values
        let query = BSONValue.document([.init(path, ["$in": .array(plain.map { .value($0) })])])
        return plain.count == values.count ? query : ["$or": [query, isNull(path)]]
    }

    /// Matches null or missing. On a path through a list of objects, the server would also match a list in which only
    /// some objects lack a value.
    private func isNull(_ path: String) -> BSONValue {
        guard path.contains(scalar: ".") else { return .document([.init(path, .value(.null))]) }
        return [
            "$or": [
                .document([.init(path, ["$not": ["$type": .array(Self.types.map { .string($0) })]])]),
                .document([.init(path, ["$elemMatch": ["$eq": .value(.null)]])]),
            ]
        ]
    }

    /// All types except null and missing.
    private static let types = [
        "number", "string", "object", "array", "binData", "objectId", "bool", "date", "regex", "javascript", "symbol",
        "timestamp",
    ]

    /// Rejects values that the server compares differently.
    private func check(_ value: AnyValue, _ path: String) throws(ApplicationError) {
        switch value {
        case .map: throw unsupported("an object as a whole, whose fields MongoDB compares in their order", path)
        case .array(let values):
            if path.contains(scalar: ".") { throw unsupported("a whole list on a path with dots", path) }
            for value in values {
                if value.map != nil || value.array != nil { throw unsupported("a list of objects or lists", path) }
            }
        default: return
        }
    }

    private func unsupported(_ what: String, _ path: String) -> ApplicationError {
        .unsupported(
            code: "UNSUPPORTED_FILTER",
            "A filter of '\(path.shortened)' asks for \(what), which MongoDB evaluates differently from other stores; "
                + "change it, or use a native filter",
            traceId: context.traceId, details: ["path": .string(path)])
    }
}

/// Fields reserved for the driver.
enum MongoDBFields {
    static let id = "_id"
    /// An increasing number that preserves the insertion order. Documents of other programs have none, and sort first.
    static let order = "_order"
    static let reserved = [id, order]

    @Sendable static func stored(_ name: String) -> String { name.isSame(as: "id") ? id : name }
}
