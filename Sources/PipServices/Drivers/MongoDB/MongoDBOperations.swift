/// The operations on a collection, for threads that may block.
struct MongoDBOperations {
    let session: MongoDBSession
    let collection: String
    let pool: MongoDBPool

    private static let batchSize = 1000
    /// The maximum number of attempts for a change that conflicts with others.
    private static let maxAttempts = 100

    // MARK: - Reading

    func find(_ find: MongoDBFind, _ kind: MongoDBCommand.Kind = .read) throws -> [BSONDocument] {
        find.take == 0 ? [] : try rest(of: try open(find, kind))
    }

    /// Returns all documents of a cursor.
    private func rest(of first: Cursor) throws -> [BSONDocument] {
        var (cursor, documents) = (first, first.documents)
        while cursor.id != 0 {
            do {
                cursor = try next(cursor)
            } catch let fault as MongoDBFault where fault.kind == .abandoned {
                kill(cursor)
                throw fault
            }
            documents += cursor.documents
        }
        return documents
    }

    /// Returns the first document, read from the primary: changes must not be based on stale data.
    func first(
        _ filter: BSONValue, sort: BSONValue = [:], projection: BSONValue? = nil, _ kind: MongoDBCommand.Kind = .plain
    ) throws -> BSONDocument? {
        try find(MongoDBFind(filter: filter, sort: sort, take: 1, projection: projection), kind).first
    }

    func count(_ filter: BSONValue) throws -> Int {
        let counted = try aggregate(
            [["$match": filter], ["$group": ["_id": .integer(1), "n": ["$sum": .integer(1)]]]], .read)
        return Int(clamping: try counted.first?.values()["n"]?.getAsLong() ?? 0)
    }

    func random(_ filter: BSONValue) throws -> BSONDocument? {
        try aggregate([["$match": filter], ["$sample": ["size": .integer(1)]]], .read).first
    }

    /// - Parameter kind: the kind of command; a caller's pipeline may end with a write.
    func aggregate(_ stages: [BSONValue], _ kind: MongoDBCommand.Kind) throws -> [BSONDocument] {
        let cursor = try opened(kind) { time in
            [
                "aggregate": .string(collection), "pipeline": .array(stages),
                "cursor": ["batchSize": .integer(Self.batchSize)], "maxTimeMS": time,
            ]
        }
        return try rest(of: cursor)
    }

    /// A batch of results, and the position of the next one.
    private struct Cursor {
        let id: Int64
        let server: UInt32
        let documents: [BSONDocument]
    }

    private func open(_ find: MongoDBFind, _ kind: MongoDBCommand.Kind) throws -> Cursor {
        try opened(kind) { time in
            var command: [BSONValue.Pair] = [
                .init("find", .string(collection)), .init("filter", find.filter), .init("sort", find.sort),
            ]
            if find.skip > 0 { command.append(.init("skip", .int64(Int64(find.skip)))) }
            if let take = find.take {
                command.append(.init("limit", .int64(Int64(take))))
                // So that the server keeps no unused cursor. More than one document may not fit into one reply: the
                // server would omit the rest.
                if take == 1 { command.append(.init("singleBatch", .bool(true))) }
            }
            command.append(.init("batchSize", .integer(min(find.take ?? Self.batchSize, Self.batchSize))))
            if let projection = find.projection { command.append(.init("projection", projection)) }
            command.append(.init("maxTimeMS", time))
            return .document(command)
        }
    }

    /// Returns the next batch. Not retried: the server may have consumed the batch.
    private func next(_ cursor: Cursor) throws -> Cursor {
        let command: BSONValue = [
            "getMore": .int64(cursor.id), "collection": .string(collection), "batchSize": .integer(Self.batchSize),
        ]
        let reply = try session.run(try MongoDBCommand(.plain, command, server: cursor.server)).cursor()
        return Cursor(id: reply.id, server: cursor.server, documents: reply.documents)
    }

    /// Closes an unfinished cursor if possible, even without a waiting caller. Servers close abandoned cursors after 10
    /// minutes.
    private func kill(_ cursor: Cursor) {
        let command: BSONValue = ["killCursors": .string(collection), "cursors": [.int64(cursor.id)]]
        if let command = try? MongoDBCommand(.plain, command, server: cursor.server) {
            _ = try? session.client.run(command)
        }
    }

    private func opened(_ kind: MongoDBCommand.Kind, _ command: (BSONValue) -> BSONValue) throws -> Cursor {
        try session.checkIsAwaited()
        let server = try session.client.selectServer(forWrites: kind != .read)
        let time = BSONValue.int64(min(session.remainingMilliseconds, Int64(Int32.max)))
        let reply = try session.run(try MongoDBCommand(kind, command(time), server: server))
            .cursor()
        return Cursor(id: reply.id, server: server, documents: reply.documents)
    }

    // MARK: - Writing

    /// Adds documents, all or none.
    func insertAll(_ writes: [MongoDBWrite]) throws {
        guard writes.count > 1 else {
            if let write = writes.first { try insert(write) }
            return
        }
        var ids: Set<ScalarText> = []
        for write in writes where !ids.insert(ScalarText(write.id)).inserted {
            throw MongoDBFault(.duplicateKey, "the id comes twice")
        }
        if try session.client.hasTransactions() {
            return try transaction { try insertBatches(writes) }
        }
        guard try first(Self.query(writes.map(\.id)), projection: [MongoDBFields.id: .integer(1)]) == nil else {
            throw MongoDBFault(.duplicateKey, "an id exists already")
        }
        try insertBatches(writes)
    }

    /// Adds a document.
    /// - Returns: its order value.
    @discardableResult
    func insert(_ write: MongoDBWrite) throws -> BSONValue {
        let order = BSONValue.int64(pool.nextOrder())
        try insertStamped([try write.stamped(order)])
        return order
    }

    /// Inserts documents. If one fails, those already inserted are removed.
    private func insertBatches(_ writes: [MongoDBWrite]) throws {
        let first = pool.nextOrder(writes.count)
        var documents: [BSONDocument] = []
        for (index, write) in writes.enumerated() { documents.append(try write.stamped(.int64(first + Int64(index)))) }
        do {
            try insertStamped(documents)
        } catch {
            if !isInTransaction { remove(writes, first, first + Int64(writes.count)) }
            throw error
        }
    }

    private func insertStamped(_ documents: [BSONDocument]) throws {
        try session.checkIsAwaited()
        try session.client.insert(collection, documents)
    }

    /// Removes documents inserted by this call, even without a waiting caller.
    private func remove(_ writes: [MongoDBWrite], _ first: Int64, _ end: Int64) {
        let ids = writes.compactMap { try? $0.document.raw(MongoDBFields.id) }
        let query: BSONValue = [
            MongoDBFields.id: ["$in": .array(ids)],
            MongoDBFields.order: ["$gte": .int64(first), "$lt": .int64(end)],
        ]
        let command: BSONValue = ["delete": .string(collection), "deletes": [["q": query, "limit": .integer(0)]]]
        if let command = try? MongoDBCommand(.writeMany, command) { _ = try? session.client.run(command) }
    }

    /// The replacement of a document that was read before.
    struct Replacement {
        let write: MongoDBWrite
        /// Conditions on the replaced document, besides its id.
        var condition: [BSONValue.Pair] = []
    }

    /// Replaces or adds the document with an id.
    ///
    /// - Parameters:
    ///   - isWhole: whether `make` needs the whole document.
    ///   - make: returns the new document for the stored one; nil to store nothing. Called again after a concurrent
    ///     change.
    /// - Returns: false if nothing was stored.
    func replace(
        _ id: String, isWhole: Bool, orInsert: Bool, _ make: (BSONDocument?) throws -> Replacement?
    ) throws -> Bool {
        let query = BSONValue.document([.init(MongoDBFields.id, .string(id))])
        let projection: BSONValue? = isWhole ? nil : [MongoDBFields.order: .integer(1)]
        for _ in 0..<Self.maxAttempts {
            guard let stored = try first(query, projection: projection) else {
                guard orInsert, let new = try make(nil) else { return false }
                do {
                    try insert(new.write)
                    return true
                } catch let fault as MongoDBFault where fault.kind == .duplicateKey && !isInTransaction {
                    // Another unique value may conflict.
                    guard try first(query, projection: projection) != nil else { throw fault }
                    continue
                }
            }
            guard let new = try make(stored) else { return false }
            let order = try stored.raw(MongoDBFields.order)
            let condition = [.init(MongoDBFields.id, .string(id)), Self.orderCondition(order)] + new.condition
            if try replaceStamped([
                MongoDBReplacement(
                    query: BSONDocument(.document(condition)), document: new.write.stamped(order), orInsert: false)
            ]) > 0 {
                return true
            }
        }
        throw MongoDBFault(.writeConflict, "the document changed \(Self.maxAttempts) times meanwhile")
    }

    /// Replaces the document with an id if it also matches a filter.
    func replace(_ write: MongoDBWrite, where filter: BSONValue, orInsert: Bool) throws -> Bool {
        try replace(write.id, isWhole: false, orInsert: orInsert) { stored in
            if stored != nil, filter != [:] {
                guard try first(["$and": [write.idQuery, filter]], projection: [MongoDBFields.id: .integer(1)]) != nil
                else { return nil }
            }
            return Replacement(write: write, condition: filter == [:] ? [] : [.init("$and", [filter])])
        }
    }

    /// Replaces or adds documents, with two commands for all.
    /// - Parameter make: returns the new document for the stored one.
    func replaceAll(_ ids: [String], isWhole: Bool, _ make: (Int, BSONDocument?) throws -> Replacement) throws {
        let projection: BSONValue? = isWhole ? nil : [MongoDBFields.order: .integer(1)]
        for attempt in 0..<Self.maxAttempts {
            var stored: [ScalarText: BSONDocument] = [:]
            for document in try find(MongoDBFind(filter: Self.query(ids), projection: projection), .plain) {
                if case .string(let id)? = try document.values()[MongoDBFields.id] { stored[ScalarText(id)] = document }
            }
            var order = pool.nextOrder(ids.count)
            var replacements: [MongoDBReplacement] = []
            for (index, id) in ids.enumerated() {
                let old = stored[ScalarText(id)]
                let new = try make(index, old)
                let place = try old?.raw(MongoDBFields.order)
                var condition = [BSONValue.Pair(MongoDBFields.id, .string(id))]
                if old != nil { condition += [Self.orderCondition(place)] + new.condition }
                replacements.append(
                    MongoDBReplacement(
                        query: try BSONDocument(.document(condition)),
                        document: try new.write.stamped(old == nil ? .int64(order) : place), orInsert: old == nil))
                order += 1
            }
            do {
                if try replaceStamped(replacements) == ids.count { return }
            } catch let fault as MongoDBFault where fault.kind == .duplicateKey && !isInTransaction && attempt < 3 {
                // A concurrent insert, or a conflict of another unique value.
                continue
            }
        }
        throw MongoDBFault(.writeConflict, "the documents changed \(Self.maxAttempts) times meanwhile")
    }

    /// Replaces fields of a document.
    /// - Returns: the stored document; nil if none matches.
    func update(
        _ id: String, set: BSONDocument, unset: [String], where filter: BSONValue
    ) throws -> BSONDocument? {
        let query: BSONValue = [MongoDBFields.id: .string(id), "$and": [filter]]
        var changes: [BSONValue.Pair] = []
        if set.bytes.count > 5 { changes.append(.init("$set", .document(set))) }
        if !unset.isEmpty { changes.append(.init("$unset", .document(unset.map { .init($0, .string("")) }))) }
        guard !changes.isEmpty else { return try first(query) }
        return try modify(query, .update(try BSONDocument(.document(changes)), orInsert: false)).document("value")
    }

    /// Adds a document unless a filter matches one.
    /// - Returns: the existing document; nil if the new one was added.
    func insertOnce(_ write: MongoDBWrite, unless filter: BSONValue) throws -> BSONDocument? {
        if let existing = try first(filter, sort: Self.storedOrder) { return existing }
        do {
            let new = try write.stamped(.int64(pool.nextOrder()))
            let change: BSONValue = ["$setOnInsert": .document(new)]
            let reply = try modify(filter, .update(try BSONDocument(change), orInsert: true))
            let isNew = try reply.value("lastErrorObject")?["updatedExisting"] == .bool(false)
            return isNew ? nil : try reply.document("value")
        } catch let fault as MongoDBFault where fault.kind == .duplicateKey {
            // A concurrent insert, or a conflict of another value.
            guard let existing = try first(filter, sort: Self.storedOrder) else { throw fault }
            return existing
        }
    }

    func delete(_ id: String) throws -> BSONDocument? {
        try modify([MongoDBFields.id: .string(id)], .remove).document("value")
    }

    func deleteAll(_ filter: BSONValue) throws -> Int {
        try session.run(
            .writeMany, ["delete": .string(collection), "deletes": [["q": filter, "limit": .integer(0)]]]
        ).number("n")
    }

    func createIndexes(_ indexes: [BSONValue]) throws {
        _ = try session.run(.plain, ["createIndexes": .string(collection), "indexes": .array(indexes)])
    }

    // MARK: - Transactions

    private var isInTransaction: Bool { session.isInTransaction }

    /// Executes several changes atomically.
    /// - Throws: `noTransactions` if the servers do not support them.
    func transaction<Value>(_ body: () throws -> Value) throws -> Value {
        guard try session.client.hasTransactions() else {
            throw MongoDBFault(.noTransactions, "the server is not a member of a replica set")
        }
        var attempt = 0
        while true {
            try session.checkIsAwaited()
            try session.client.beginTransaction()
            session.isInTransaction = true
            defer { session.isInTransaction = false }
            do {
                let value = try body()
                try commit()
                return value
            } catch {
                session.client.abortTransaction()
                attempt += 1
                guard let fault = error as? MongoDBFault, fault.isTransient || fault.kind == .writeConflict,
                    attempt < Self.maxAttempts
                else { throw error }
            }
        }
    }

    /// A commit may be repeated: the server recognises it.
    private func commit() throws(MongoDBFault) {
        do throws(MongoDBFault) {
            try session.client.commitTransaction()
        } catch {
            guard error.isLoss, !error.isTransient else { throw error }
            try session.client.commitTransaction()
        }
    }

    // MARK: - Internal

    /// The query for documents with one of the ids.
    static func query(_ ids: [String]) -> BSONValue {
        [MongoDBFields.id: ["$in": .array(ids.map { .string($0) })]]
    }

    static let storedOrder: BSONValue = [MongoDBFields.order: .integer(1), MongoDBFields.id: .integer(1)]

    private static func orderCondition(_ order: BSONValue?) -> BSONValue.Pair {
        .init(MongoDBFields.order, order ?? .value(.null))
    }

    /// - Returns: the number of replaced or added documents.
    private func replaceStamped(_ replacements: [MongoDBReplacement]) throws -> Int {
        try session.checkIsAwaited()
        let reply = try MongoDBReply(try session.client.replace(collection, replacements))
        return try reply.number("nMatched") + reply.number("nUpserted")
    }

    private func modify(_ query: BSONValue, _ change: MongoDBModification.Change) throws -> MongoDBReply {
        try session.checkIsAwaited()
        let modification = MongoDBModification(query: try BSONDocument(query), change: change)
        return try MongoDBReply(try session.client.modify(collection, modification))
    }
}
