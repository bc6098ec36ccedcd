#if PIP_MONGODB
import PipServicesTesting
import Testing

@testable import PipServices

/// Lists that do not fit into one reply: their cursors belong to one session and one server, and are not left behind.
@Suite(.serialized, .disabled(if: MongoDBFixture.isReal, "needs the commands of the stand-in"))
struct MongoDBCursorTests {
    private struct Note: StringIdentifiable, Codable, Hashable { var id = "" }

    private static let count = 1100

    private func filled(_ name: String) async throws -> IdentifiableMongoDBPersistence<Note> {
        let store: IdentifiableMongoDBPersistence<Note> = try await MongoDBFixture.persistence(
            try await MongoDBFixture.shared(), name)
        try await store.createMany(.empty, (0..<Self.count).map { Note(id: "\($0)") })
        return store
    }

    private func openCursors(_ connection: MongoDBConnection, _ name: String) async throws -> AnyValue? {
        try await connection.run(.empty, ["openCursors": .string(name)]).values()["n"]
    }

    @Test("A cursor is continued in its session, even if another client takes a session in between")
    func session() async throws {
        let name = MongoDBFixture.collection()
        _ = try await filled(name)
        let source = try MongoDBHandle(
            uri: "mongodb://127.0.0.1:\(MongoDBFixture.port())/pip_tests", database: "pip_tests")
        defer { source.close() }
        let find: BSONValue = ["find": .string(name), "batchSize": .integer(2)]
        try source.withClient { client in
            let server = try client.selectServer(forWrites: false)
            func run(_ kind: MongoDBCommand.Kind, _ command: BSONValue) throws -> (id: Int64, count: Int) {
                let reply = try MongoDBReply(try client.run(try MongoDBCommand(kind, command, server: server))).cursor()
                return (reply.id, reply.documents.count)
            }
            let cursor = try run(.read, find)
            #expect(cursor.count == 2 && cursor.id != 0)
            // It gets a session for itself: the one that was used last, if that is free.
            try source.withClient { other in
                try other.beginTransaction()
                let more: BSONValue = [
                    "getMore": .int64(cursor.id), "collection": .string(name), "batchSize": .integer(3),
                ]
                #expect(try run(.plain, more).count == 3)
                other.abortTransaction()
            }
            let end: BSONValue = ["killCursors": .string(name), "cursors": [.int64(cursor.id)]]
            _ = try client.run(try MongoDBCommand(.plain, end, server: server))
        }
    }

    @Test("A list of several batches is complete and uses one session")
    func batches() async throws {
        let (name, connection) = (MongoDBFixture.collection(), try await MongoDBFixture.shared())
        let store = try await filled(name)
        #expect(try await store.getList(.empty).map(\.id) == (0..<Self.count).map { "\($0)" })
        let sent = try await MongoDBFixture.sent(connection, name)
        let find = try #require(sent.last { $0["find"] != nil })
        let more = sent.filter { $0["getMore"] != nil }
        #expect(find["lsid"] != nil)
        #expect(more.map { $0["lsid"] } == [find["lsid"]])
        #expect(more.first?["batchSize"] == 1000)
    }

    @Test("A session is reused by the next call")
    func reusedSessions() async throws {
        let name = MongoDBFixture.collection()
        try await MongoDBFixture.with(nil, ["options.max_pool_size": "1"]) { connection in
            let store: IdentifiableMongoDBPersistence<Note> = try await MongoDBFixture.persistence(connection, name)
            for _ in 0..<3 { _ = try await store.getList(.empty) }
            let sent = try await MongoDBFixture.sent(connection, name).filter { $0["find"] != nil }
            #expect(sent.count == 3 && sent[0]["lsid"] != nil && Set(sent.map { $0["lsid"] }).count == 1)
        }
    }

    @Test("A call cancelled while reading leaves no cursor")
    func cancellation() async throws {
        let (name, connection) = (MongoDBFixture.collection(), try await MongoDBFixture.shared())
        let store = try await filled(name)
        try await MongoDBFixture.fail(connection, name, ["find"], ["blockConnection": true, "blockTimeMS": 300])
        let reading = Task { try await store.getList(.empty) }
        try await waitUntil(within: .seconds(30)) {
            try await MongoDBFixture.sent(connection, name).contains { $0["batchSize"] == 1000 }
        }
        reading.cancel()
        #expect(await DriverFixture.code { _ = try await reading.value } == "CANCELLED")
        try? await waitUntil(within: .seconds(10)) {
            try await MongoDBFixture.sent(connection, name).last?["killCursors"] != nil
        }
        let sent = try await MongoDBFixture.sent(connection, name)
        let (find, end) = (sent.last { $0["find"] != nil }, sent.last)
        #expect(end?["killCursors"] != nil && end?["lsid"] == find?["lsid"], "\(sent.map { $0.keys })")
        #expect(try await openCursors(connection, name) == 0)
    }

    @Test(
        "A lost batch is an error and is not requested again, which would return an incomplete list")
    func lostBatch() async throws {
        let (name, connection) = (MongoDBFixture.collection(), try await MongoDBFixture.shared())
        let store = try await filled(name)
        try await MongoDBFixture.fail(connection, name, ["getMore"], ["errorCode": 43])
        #expect(await DriverFixture.code { _ = try await store.getList(.empty) } == "CURSOR_LOST")
        try await MongoDBFixture.fail(connection, name, ["getMore"], ["closeConnection": true, "afterExecution": true])
        #expect(await DriverFixture.code { _ = try await store.getList(.empty) } == "CONNECTION_FAILED")
        #expect(try await store.getList(.empty).count == Self.count)
    }
}

/// Where reads go: to the member that the configuration prefers, and to the primary if a change depends on them.
@Suite(.disabled(if: MongoDBFixture.isReal, "needs the commands of the stand-in"))
struct MongoDBReadPreferenceTests {
    @Test("A secondary serves reads if preferred, but never those that a change depends on")
    func secondary() async throws {
        // Its only member is no primary.
        let server = try await MongoDBFixture.standIn(["--replica-set", "rs0", "--secondary"])
        let address = MongoDBAddress(
            uri: "mongodb://127.0.0.1:\(server.port)/pip_tests?replicaSet=rs0&readPreference=secondaryPreferred"
                + "&serverSelectionTimeoutMS=300&heartbeatFrequencyMS=500",
            database: "pip_tests", place: "127.0.0.1")
        let pool = try MongoDBPool(address, MongoDBPool.Options(threads: 1), clock: SystemClock())
        func run<Value: Sendable>(_ body: @escaping @Sendable (MongoDBOperations) throws -> Value) async throws -> Value
        {
            try await pool.execute(.empty, "test") {
                try body(MongoDBOperations(session: $0, collection: "notes", pool: pool))
            }
        }
        let write = MongoDBWrite(id: "1", try BSONDocument(["_id": "1", "key": "a"]))
        // Without its replica set, the member is alone, and accepts all.
        try await MongoDBFixture.with(server.port) { direct in
            try await direct.run(.empty, ["insert": "notes", "documents": [["_id": "1", "key": "a"]]])
            #expect(try await run { try $0.find(MongoDBFind(filter: [:])).count } == 1)
            #expect(try await run { try $0.count([:]) } == 1)
            let reads = try await MongoDBFixture.sent(direct, "notes").count
            for change: @Sendable (MongoDBOperations) throws -> Void in [
                { _ = try $0.replace(write, where: [:], orInsert: true) },
                { _ = try $0.insertOnce(write, unless: ["key": .string("a")]) },
                { try $0.replaceAll(["1"], isWhole: true) { _, _ in .init(write: write) } },
                { _ = try $0.update("1", set: [:], unset: [], where: [:]) },
                { try $0.insertAll([write, MongoDBWrite(id: "2", ["_id": "2"])]) },
            ] {
                #expect(await DriverFixture.code { try await run(change) } == "NO_SERVER")
            }
            #expect(try await MongoDBFixture.sent(direct, "notes").count == reads)
        }
        await pool.close()
    }
}
#endif
