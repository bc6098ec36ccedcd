/// A document store in memory, for components that need a ``DocumentConnector`` without an external system.
///
/// It ends with the process and has no size limit. Readers do not wait while a change is computed.
public final class MemoryDocumentConnector: DocumentConnector, Component {
    private struct Collection: Sendable {
        var table = ItemTable<AnyValueMap>([])
        var unique: [[DocumentField]] = []
    }
    private typealias DocumentField = AnyField<AnyValueMap>

    private let collections = Snapshot<[ScalarText: Collection]>([:])

    /// Creates an empty store.
    public init() {}

    /// Returns a consistent snapshot of the documents that match a query.
    public func find(_ context: Context, in collection: String, _ query: DocumentQuery) -> [AnyValueMap] {
        guard let table = collections.current[ScalarText(collection)]?.table else { return [] }
        var question = Self.question(query.filter)
        question.sort = Sort(query.sort)
        question.skip = query.skip
        question.take = query.take ?? .max
        let found = table.find(question).rows.map(\.item)
        guard !query.fields.fields.isEmpty else { return found }
        return found.map { Parameters(AnyValue.map($0)).pick(query.fields.fields).values }
    }

    /// Returns the number of documents that match a filter.
    public func count(_ context: Context, in collection: String, where filter: FilterExpression) -> Int {
        collections.current[ScalarText(collection)]?.table.count(Self.question(filter)) ?? 0
    }

    /// Adds all documents or none.
    /// - Throws: Conflict `ALREADY_EXISTS`, BadRequest `NO_ID`.
    public func insert(
        _ context: Context, into collection: String, _ documents: [AnyValueMap]
    ) throws(ApplicationError) {
        try collections.change { (all: inout [ScalarText: Collection]) throws(ApplicationError) in
            var content = all[ScalarText(collection), default: Collection()]
            for document in documents {
                let id = try Self.id(of: document, context)
                guard content.table[id] == nil else { throw Self.exists(context, collection, "id '\(id)'") }
                try Self.put(&content, id, document, context, collection)
            }
            all[ScalarText(collection)] = content
        }
    }

    /// Replaces the document with an id if it also matches a filter.
    /// - Throws: Conflict `ALREADY_EXISTS`, BadRequest `NO_ID`.
    @discardableResult
    public func replace(
        _ context: Context, in collection: String, _ document: AnyValueMap, where filter: FilterExpression = .all,
        orInsert: Bool = false
    ) throws(ApplicationError) -> Bool {
        let id = try Self.id(of: document, context)
        return try collections.change { (all: inout [ScalarText: Collection]) throws(ApplicationError) in
            var content = all[ScalarText(collection), default: Collection()]
            if let stored = content.table[id] {
                guard filter.matches(.map(stored)) else { return false }
            } else if !orInsert {
                return false
            }
            try Self.put(&content, id, document, context, collection)
            all[ScalarText(collection)] = content
            return true
        }
    }

    /// Replaces top-level fields of the document with an id if it also matches a filter.
    /// - Throws: Conflict `ALREADY_EXISTS`; BadRequest `BAD_ID` for another id among the fields.
    @discardableResult
    public func update(
        _ context: Context, in collection: String, id: String, _ fields: AnyValueMap,
        where filter: FilterExpression = .all
    ) throws(ApplicationError) -> AnyValueMap? {
        if let other = fields["id"], other != .string(id) {
            throw .badRequest(
                code: "BAD_ID", "The id of a document can't be changed", traceId: context.traceId,
                details: ["id": .string(id)])
        }
        return try collections.change {
            (all: inout [ScalarText: Collection]) throws(ApplicationError) -> AnyValueMap? in
            guard var content = all[ScalarText(collection)], var document = content.table[id],
                filter.matches(.map(document))
            else { return nil }
            document.append(fields)
            try Self.put(&content, id, document, context, collection)
            all[ScalarText(collection)] = content
            return document
        }
    }

    /// Deletes and returns the document with an id.
    @discardableResult
    public func delete(_ context: Context, from collection: String, id: String) -> AnyValueMap? {
        collections.change { $0[ScalarText(collection)]?.table.remove(id) }
    }

    /// Deletes the documents that match a filter and returns their number.
    @discardableResult
    public func deleteAll(_ context: Context, from collection: String, where filter: FilterExpression) -> Int {
        collections.change { all in
            guard var content = all[ScalarText(collection)] else { return 0 }
            let rows = content.table.find(Self.question(filter)).rows
            for row in rows { content.table.remove(row) }
            all[ScalarText(collection)] = content
            return rows.count
        }
    }

    /// Creates an index unless it exists. An index on several fields covers only the first one, except that it checks
    /// uniqueness on all.
    /// - Throws: Conflict `ALREADY_EXISTS` if documents violate a unique index.
    public func createIndex(
        _ context: Context, in collection: String, _ index: DocumentIndex
    ) throws(ApplicationError) {
        let fields = index.fields.map { DocumentField(path: $0.name, read: Self.reader($0.name)) }
        guard let first = fields.first else { return }
        try collections.change { (all: inout [ScalarText: Collection]) throws(ApplicationError) in
            var content = all[ScalarText(collection), default: Collection()]
            content.table.add(ItemIndex(kind: .ordered, field: first))
            if index.isUnique, !content.unique.contains(where: { $0.map(\.path) == fields.map(\.path) }) {
                var seen: Set<[HashedValue]> = []
                for row in content.table.find(Self.question(.all)).rows {
                    guard seen.insert(fields.map { HashedValue($0.read(row.item)) }).inserted else {
                        throw Self.exists(context, collection, fields.map(\.path).joined(separator: ", "))
                    }
                }
                content.unique.append(fields)
            }
            all[ScalarText(collection)] = content
        }
    }

    // MARK: - Internal

    private static func reader(_ path: String) -> @Sendable (AnyValueMap) -> AnyValue {
        let path = DocumentPath(path)
        return { path.value(in: .map($0)) }
    }

    private static func question(_ filter: FilterExpression) -> ItemQuery<AnyValueMap> {
        ItemQuery(filter: Filter(filter), sort: .stored, fallback: { reader($0) })
    }

    private static func put(
        _ content: inout Collection, _ id: String, _ document: AnyValueMap, _ context: Context, _ collection: String
    ) throws(ApplicationError) {
        for fields in content.unique {
            let same = fields.map { FilterExpression.compare(path: $0.path, .equal, $0.read(document)) }
            let others = FilterExpression.and(same + [.not(.compare(path: "id", .equal, .string(id)))])
            guard content.table.count(question(others)) == 0 else {
                throw exists(context, collection, fields.map(\.path).joined(separator: ", "))
            }
        }
        content.table.put(id, document)
    }

    private static func id(of document: AnyValueMap, _ context: Context) throws(ApplicationError) -> String {
        guard let id = document["id"]?.string, !id.isEmpty else {
            throw .badRequest(
                code: "NO_ID", "A document must have a string 'id'", traceId: context.traceId)
        }
        return id
    }

    private static func exists(_ context: Context, _ collection: String, _ what: String) -> ApplicationError {
        .conflict(
            code: "ALREADY_EXISTS", "A document with the same \(what) already exists in '\(collection)'",
            traceId: context.traceId, details: ["collection": .string(collection)])
    }
}
