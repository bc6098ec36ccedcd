/// A ``DocumentConnector`` for MongoDB, built on libmongoc.
///
/// A component: it shares the service's ``MongoDBConnection`` or has its own. The server evaluates filters, sorts and
/// projections. Queries that it would evaluate differently from other stores are refused (Unsupported
/// `UNSUPPORTED_FILTER`). A document's `id` is its `_id` in MongoDB. The field `_order` is reserved for the driver and
/// preserves the insertion order.
///
/// In addition to the errors of ``DocumentConnector``, calls throw:
/// - NoResponse: `CONNECTION_FAILED`, `TIMEOUT`, `NO_SERVER`, `NOT_PRIMARY`, `ACCESS_DENIED`, `CURSOR_LOST`,
///   `QUEUE_FULL`. They name the server and the operation. After the first two, whether a write was executed is
///   unknown. With retryable writes (`options.retry_writes`, on replica sets), it was sent twice.
/// - BadRequest: `BAD_QUERY`, `BAD_PATH`, `TOO_DEEP`, `BAD_FIELD_NAME`, `CANNOT_STORE`, `DOCUMENT_TOO_LARGE`, `BAD_COLLECTION`.
/// - Conflict: `ALREADY_EXISTS`, `WRITE_CONFLICT`; InvalidState `NOT_OPENED`.
/// - FailedInvocation `REFUSED` for any other server error, with its code in the detail `server_code`.
public final class MongoDBConnector: DocumentConnector, Component {
    /// Whether the driver is compiled in, and the version of libmongoc.
    public static let driver = Driver(
        name: "MongoDB", flag: "PIP_MONGODB", package: "libmongoc-dev", libraryVersion: MongoDBLibrary.version)

    private let connection = Shared<MongoDBConnection>("connection", "*:connection:mongodb:*:1.0") {
        MongoDBConnection()
    }

    /// Creates a connector.
    public init() {}

    /// Returns the documents that match a query.
    public func find(
        _ context: Context, in collection: String, _ query: DocumentQuery
    ) async throws -> [AnyValueMap] {
        let find = try MongoDBFind(
            context, query.filter, query.sort, skip: query.skip, take: query.take, fields: query.fields)
        let found = try await on(context, collection, "find") { try $0.find(find) }
        let documents = try found.map { try Self.values($0, context) }
        guard !query.fields.fields.isEmpty else { return documents }
        return documents.map { Parameters(AnyValue.map($0)).pick(query.fields.fields).values }
    }

    /// Returns the number of documents that match a filter.
    public func count(
        _ context: Context, in collection: String, where filter: FilterExpression
    ) async throws -> Int {
        let filter = try MongoDBFilter(context: context).query(filter)
        return try await on(context, collection, "count") { try $0.count(filter) }
    }

    /// Adds documents, all or none if the servers support transactions. Otherwise a failed call removes the documents
    /// that it added.
    public func insert(_ context: Context, into collection: String, _ documents: [AnyValueMap]) async throws {
        let writes = try documents.map { try MongoDBWrite(id: Self.id(of: $0, context), Self.document($0, context)) }
        try await on(context, collection, "insert") { try $0.insertAll(writes) }
    }

    /// Replaces the document with an id if it also matches a filter.
    @discardableResult
    public func replace(
        _ context: Context, in collection: String, _ document: AnyValueMap, where filter: FilterExpression = .all,
        orInsert: Bool = false
    ) async throws -> Bool {
        let write = try MongoDBWrite(id: Self.id(of: document, context), Self.document(document, context))
        let filter = try MongoDBFilter(context: context).query(filter)
        return try await on(context, collection, "replace") {
            try $0.replace(write, where: filter, orInsert: orInsert)
        }
    }

    /// Replaces top-level fields of the document with an id if it also matches a filter.
    @discardableResult
    public func update(
        _ context: Context, in collection: String, id: String, _ fields: AnyValueMap,
        where filter: FilterExpression = .all
    ) async throws -> AnyValueMap? {
        if let other = fields["id"], other != .string(id) {
            throw ApplicationError.badRequest(
                code: "BAD_ID", "The id of a document can't be changed", traceId: context.traceId,
                details: ["id": .string(id)])
        }
        var fields = fields
        fields.remove("id")
        let changes = try Self.document(fields, context)
        let filter = try MongoDBFilter(context: context).query(filter)
        let updated = try await on(context, collection, "update") {
            try $0.update(id, set: changes, unset: [], where: filter)
        }
        return try updated.map { try Self.values($0, context) }
    }

    /// Deletes the document with an id and returns it.
    @discardableResult
    public func delete(_ context: Context, from collection: String, id: String) async throws -> AnyValueMap? {
        let deleted = try await on(context, collection, "delete") { try $0.delete(id) }
        return try deleted.map { try Self.values($0, context) }
    }

    /// Deletes the documents that match a filter. Returns their number.
    @discardableResult
    public func deleteAll(
        _ context: Context, from collection: String, where filter: FilterExpression
    ) async throws -> Int {
        let filter = try MongoDBFilter(context: context).query(filter)
        return try await on(context, collection, "delete") { try $0.deleteAll(filter) }
    }

    /// Creates an index if it is missing.
    public func createIndex(_ context: Context, in collection: String, _ index: DocumentIndex) async throws {
        let index = try MongoDBIndex(index.fields, isUnique: index.isUnique).document(context)
        try await on(context, collection, "create index") { try $0.createIndexes([index]) }
    }

    // MARK: - Internal

    private func on<Value: Sendable>(
        _ context: Context, _ collection: String, _ operation: String,
        _ work: @escaping @Sendable (MongoDBOperations) throws -> Value
    ) async throws -> Value {
        let pool = try connection().opened(context)
        let name = try MongoDBCollectionName(collection, context)
        return try await pool.execute(context, "\(operation) in '\(collection)'") { session in
            try work(MongoDBOperations(session: session, collection: name.text, pool: pool))
        }
    }

    private static func document(_ values: AnyValueMap, _ context: Context) throws -> BSONDocument {
        do {
            return BSONDocument(bytes: try MongoDBCoding.encoder.encode(values))
        } catch let fault as BSONFault {
            throw fault.error(context)
        }
    }

    private static func values(_ document: BSONDocument, _ context: Context) throws -> AnyValueMap {
        do {
            var values = try MongoDBCoding.decoder.decode(AnyValueMap.self, document.bytes)
            values.remove(MongoDBFields.order)
            return values
        } catch let fault as BSONFault {
            throw fault.error(context)
        }
    }

    private static func id(of document: AnyValueMap, _ context: Context) throws(ApplicationError) -> String {
        guard let id = document["id"]?.string, !id.isEmpty else {
            throw .badRequest(code: "NO_ID", "A document must have a text as its 'id'", traceId: context.traceId)
        }
        return id
    }
}

/// The encoding of documents.
enum MongoDBCoding {
    static let encoder = BSONEncoder(rename: MongoDBFields.stored, reserved: MongoDBFields.reserved)
    static let decoder = BSONDecoder(rename: MongoDBFields.stored)
}

/// A valid collection name.
struct MongoDBCollectionName: Sendable {
    let text: String

    /// - Throws: BadRequest `BAD_COLLECTION`.
    init(_ text: String, _ context: Context) throws(ApplicationError) {
        guard !text.isEmpty, text.utf8.count <= 200, !text.begins(with: "system."), !text.begins(with: "."),
            !text.ends(with: "."), !text.utf8.contains(where: { $0 == 0 || $0 == UInt8(ascii: "$") })
        else {
            throw .badRequest(
                code: "BAD_COLLECTION",
                "The collection '\(text.shortened)' is not a valid MongoDB name; expected up to 200 bytes without '$' and NUL, "
                    + "not beginning with 'system.' or a dot, nor ending with one",
                traceId: context.traceId, details: ["collection": .string(text)])
        }
        self.text = text
    }
}
