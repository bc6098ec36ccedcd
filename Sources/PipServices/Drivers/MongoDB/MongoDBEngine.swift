import FoundationEssentials

/// The common implementation of both MongoDB persistences: connection, collection and queries.
public final class MongoDBEngine<Item: Codable & Sendable>: Component, Checkable {
    private let connection = Shared<MongoDBConnection>("connection", "*:connection:mongodb:*:1.0") {
        MongoDBConnection()
    }
    private let collectionSetting = Setting<String?>(
        "collection", default: nil, "The name of the collection, unless the code names one")
    private let maxPageSize = Setting("options.max_page_size", default: 100, in: 1..., "The most items that a page has")
    let random = RandomSlot()
    let logger = CompositeLogger()
    private let defaultCollection: String?
    private let indexes: [MongoDBIndex]

    init(collection: String?, indexes: [MongoDBIndex]) {
        (defaultCollection, self.indexes) = (collection, indexes)
    }

    /// Creates missing indexes.
    func open(_ context: Context) async throws {
        let all = [MongoDBIndex([SortField(MongoDBFields.order), SortField("id")])] + indexes
        var documents: [BSONValue] = []
        for (number, index) in all.enumerated() {
            // Of two indexes on the same fields, the later one is more specific.
            let isRepeated = all[(number + 1)...].contains { $0.fields == index.fields }
            if !isRepeated { documents.append(try index.document(context)) }
        }
        let wanted = documents
        try await run(context, "create indexes") { try $0.createIndexes(wanted) }
    }

    /// Executes operations on the collection, on a thread of the connection.
    func run<Value: Sendable>(
        _ context: Context, _ operation: String, collection suffix: String = "",
        _ work: @escaping @Sendable (MongoDBOperations) throws -> Value
    ) async throws -> Value {
        let (pool, name) = (try connection().opened(context), try collection(context) + suffix)
        return try await pool.execute(context, "\(operation) in '\(name)'") { session in
            try work(MongoDBOperations(session: session, collection: name, pool: pool))
        }
    }

    /// The collection's name, from the code or the configuration.
    /// - Throws: Misconfiguration `NO_COLLECTION`; BadRequest `BAD_COLLECTION`.
    func collection(_ context: Context) throws(ApplicationError) -> String {
        guard let name = defaultCollection ?? collectionSetting(), !name.isEmpty else {
            throw .config(
                code: "NO_COLLECTION", key: "collection",
                "A persistence on MongoDB has no collection; expected a name in 'collection'",
                traceId: context.traceId)
        }
        return try MongoDBCollectionName(name, context).text
    }

    /// Checks the collection's name.
    /// - Throws: as ``collection(_:)``.
    public func checkConfiguration(_ context: Context) async throws {
        do throws(ApplicationError) {
            _ = try collection(context)
        } catch {
            let isSetting = defaultCollection == nil && error.configKey == nil
            throw isSetting ? error.about(key: "collection") : error
        }
    }

    // MARK: - Questions

    func page(
        _ context: Context, _ find: MongoDBFind, _ paging: PagingParams
    ) async throws -> (documents: [BSONDocument], total: Int64?) {
        var find = find
        find.skip = Int(clamping: paging.getSkip(0))
        find.take = Int(clamping: paging.getTake(Int64(maxPageSize())))
        let question = find
        let found = try await run(context, "find") { operations in
            (try operations.find(question), paging.total ? Int64(try operations.count(question.filter)) : nil)
        }
        logger.trace(context, "Retrieved \(found.0.count) items")
        return found
    }

    func page(
        _ context: Context, where filter: Filter<Item>, paging: PagingParams, sortedBy order: Sort<Item>
    ) async throws -> DataPage<Item> {
        let found = try await page(context, try MongoDBFind(context, filter.expression, order.params), paging)
        return DataPage(try found.documents.map { try item($0, context) }, total: found.total)
    }

    func page(
        _ context: Context, where filter: Filter<Item>, paging: PagingParams, sortedBy order: Sort<Item>,
        fields: ProjectionParams
    ) async throws -> DataPage<AnyValueMap> {
        let find = try MongoDBFind(context, filter.expression, order.params, fields: fields)
        let found = try await page(context, find, paging)
        let maps = try found.documents.map { document in
            let map = Parameters(try values(document, context))
            return (fields.fields.isEmpty ? map : map.pick(fields.fields)).values
        }
        return DataPage(maps, total: found.total)
    }

    func page(
        _ context: Context, where filter: Filter<Item>, paging: TokenizedPagingParams, sortedBy order: Sort<Item>
    ) async throws -> TokenizedDataPage<Item> {
        let query = try MongoDBFilter(context: context).query(filter.expression)
        let sort = try MongoDBSort(order.params, context)
        let question = try coded(context) { () throws(BSONFault) in
            MongoDBToken.question(try BSONDocument(query), try BSONDocument(sort.document))
        }
        var find = MongoDBFind(filter: query, sort: sort.document)
        if let text = paging.token, !text.isEmpty {
            let token = try MongoDBToken(text, question: question, count: sort.keys.count, context)
            find.filter = ["$and": [query, sort.query(behind: token.values)]]
        }
        let take = Int(clamping: paging.getTake(Int64(maxPageSize())))
        // One more item, to detect a next page.
        find.take = take == .max ? take : take + 1
        let page = find
        let (documents, total) = try await run(context, "find") { operations in
            (try operations.find(page), paging.total ? Int64(try operations.count(query)) : nil)
        }
        var next: String?
        if documents.count > take {
            next = take > 0 ? try token(behind: documents.prefix(take), sort, question, context) : paging.token
        }
        logger.trace(context, "Retrieved \(min(documents.count, take)) items")
        return TokenizedDataPage(try documents.prefix(take).map { try item($0, context) }, token: next, total: total)
    }

    func list(_ context: Context, where filter: Filter<Item>, sortedBy order: Sort<Item>) async throws -> [Item] {
        try await list(context, try MongoDBFind(context, filter.expression, order.params))
    }

    func list(_ context: Context, _ find: MongoDBFind) async throws -> [Item] {
        try await run(context, "find") { try $0.find(find) }.map { try item($0, context) }
    }

    func stream(
        _ context: Context, where filter: Filter<Item>, sortedBy order: Sort<Item>, batchSize: Int
    ) throws -> MongoDBStream<Item> {
        MongoDBStream(
            engine: self, context: context, filter: try MongoDBFilter(context: context).query(filter.expression),
            sort: try MongoDBSort(order.params, context), batchSize: max(1, batchSize))
    }

    /// Returns the next batch of a stream, after the given documents. A short batch is the last one.
    func batch(_ stream: MongoDBStream<Item>, behind documents: [BSONDocument]) async throws -> [BSONDocument] {
        var find = MongoDBFind(filter: stream.filter, sort: stream.sort.document, take: stream.batchSize)
        if !documents.isEmpty {
            let values = try values(behind: documents[...], stream.sort, stream.context)
            find.filter = ["$and": [find.filter, stream.sort.query(behind: values)]]
        }
        let batch = find
        return try await run(stream.context, "find") { try $0.find(batch) }
    }

    func count(_ context: Context, where filter: Filter<Item>) async throws -> Int {
        let query = try MongoDBFilter(context: context).query(filter.expression)
        return try await run(context, "count") { try $0.count(query) }
    }

    func one(_ context: Context, where filter: Filter<Item>) async throws -> Item? {
        let find = try MongoDBFind(context, filter.expression, SortParams(), take: 1)
        return try await run(context, "find") { try $0.find(find) }.first.map { try item($0, context) }
    }

    func random(_ context: Context, where filter: Filter<Item>) async throws -> Item? {
        let query = try MongoDBFilter(context: context).query(filter.expression)
        return try await run(context, "find") { try $0.random(query) }.map { try item($0, context) }
    }

    func delete(_ context: Context, where filter: Filter<Item>) async throws -> Int {
        let query = try MongoDBFilter(context: context).query(filter.expression)
        let count = try await run(context, "delete") { try $0.deleteAll(query) }
        logger.trace(context, "Deleted \(count) items")
        return count
    }

    func aggregate(_ context: Context, _ stages: [BSONDocument]) async throws -> [BSONDocument] {
        try await run(context, "aggregate") { try $0.aggregate(stages.map { .document($0) }, .plain) }
    }

    // MARK: - Outbox

    private static var outbox: String { "_outbox" }

    /// The messages as documents. Their content is stored as JSON, because it may contain any field names.
    func outboxWrites(_ messages: [OutboxMessage]) throws -> [MongoDBWrite] {
        try messages.map { message in
            let json = JSONConverter.toJSON(try AnyValue(encoding: message))
            return MongoDBWrite(
                id: message.id,
                try BSONDocument([MongoDBFields.id: .string(message.id), "message": .string(json)] as BSONValue))
        }
    }

    /// The name of the outbox collection of a persistence.
    static func outboxName(_ collection: String) -> String { collection + outbox }

    func unsent(_ context: Context, _ count: Int) async throws -> [OutboxMessage] {
        let find = MongoDBFind(filter: [:], sort: MongoDBOperations.storedOrder, take: max(0, count))
        return try await run(context, "find", collection: Self.outbox) { try $0.find(find) }.map { document in
            let json = try document.values()["message"]?.string ?? ""
            return try JSONConverter.fromJSON(json).decode(OutboxMessage.self)
        }
    }

    func markSent(_ context: Context, _ ids: [String]) async throws {
        guard !ids.isEmpty else { return }
        _ = try await run(context, "delete", collection: Self.outbox) {
            try $0.deleteAll(MongoDBOperations.query(ids))
        }
    }

    // MARK: - Coding

    func write(_ item: Item, id: String, _ context: Context) throws -> MongoDBWrite {
        MongoDBWrite(id: id, try document(item, context))
    }

    /// - Throws: BadRequest `BAD_FIELD_NAME`, `CANNOT_STORE`, `CANNOT_ENCODE`.
    func document(_ item: Item, _ context: Context?) throws(ApplicationError) -> BSONDocument {
        do {
            return BSONDocument(bytes: try MongoDBCoding.encoder.encode(item))
        } catch let fault as BSONFault {
            throw fault.error(context)
        } catch {
            throw .badRequest(
                code: "CANNOT_ENCODE", "The item can't be encoded", traceId: context?.traceId, cause: error)
        }
    }

    /// - Throws: Internal `BAD_DOCUMENT` with the id and the path.
    func item(_ document: BSONDocument, _ context: Context?) throws(ApplicationError) -> Item {
        do {
            return try MongoDBCoding.decoder.decode(Item.self, document.bytes)
        } catch {
            let reason =
                switch error {
                case let error as DecodingError: ValidationResult(error).message
                case let fault as BSONFault: fault.reason
                default: ApplicationError.text(of: error)
                }
            let id = (try? document.values()[MongoDBFields.id]) ?? .null
            throw .internal(
                code: "BAD_DOCUMENT", "The document '\(id)' does not fit the type \(Item.self): \(reason)",
                traceId: context?.traceId, details: ["id": id], cause: error)
        }
    }

    /// The fields under the names of the other editions.
    func values(_ document: BSONDocument, _ context: Context?) throws(ApplicationError) -> AnyValueMap {
        do {
            var values = try MongoDBCoding.decoder.decode(AnyValueMap.self, document.bytes)
            values.remove(MongoDBFields.order)
            return values
        } catch {
            throw (error as? BSONFault)?.error(context)
                ?? .internal(code: "BAD_DOCUMENT", "A document is damaged", cause: error)
        }
    }

    private func token(
        behind documents: ArraySlice<BSONDocument>, _ sort: MongoDBSort, _ question: String, _ context: Context
    ) throws -> String {
        let values = try values(behind: documents, sort, context)
        return try coded(context) { () throws(BSONFault) in try MongoDBToken(values: values).text(question: question) }
    }

    /// The values of the last document's sort keys.
    /// - Throws: Unsupported `UNSUPPORTED_SORT` if one of the documents has a list there: the server sorts by one of
    ///   its elements, but compares with another one.
    private func values(
        behind documents: ArraySlice<BSONDocument>, _ sort: MongoDBSort, _ context: Context
    ) throws -> [BSONValue] {
        var last: [BSONValue] = []
        for key in sort.keys {
            var value: BSONValue?
            // The driver's own fields are not lists.
            for document in MongoDBFields.reserved.contains(sameAs: key.path) ? documents.suffix(1) : documents {
                value = try coded(context) { () throws(BSONFault) in try document.raw(path: key.path) }
                guard value != nil else {
                    throw ApplicationError.unsupported(
                        code: "UNSUPPORTED_SORT",
                        "Pages by token and streams of several batches cannot be sorted by '\(key.path)', which is a "
                            + "list; sort by a single value",
                        traceId: context.traceId, details: ["path": .string(key.path)])
                }
            }
            last.append(value ?? .value(.null))
        }
        return last
    }

    private func coded<Value>(
        _ context: Context, _ body: () throws(BSONFault) -> Value
    ) throws(ApplicationError) -> Value {
        do throws(BSONFault) {
            return try body()
        } catch {
            throw error.error(context)
        }
    }
}
