#if PIP_MONGODB
import FoundationEssentials
import PipServicesTesting
import Testing

@testable import PipServices

/// Transactions and repeated writes of a replica set: the commands that are sent. The stand-in is no replica set in earnest;
/// what a real one isolates only `PIP_TEST_MONGODB_URI` can show.
@Suite(.serialized, .disabled(if: MongoDBFixture.isReal)) struct MongoDBTransactionTests {
    private struct Note: StringIdentifiable, Codable, Hashable, Versioned {
        var id = ""
        var version = ""
        var key = "k"
    }

    private static func port() throws -> Int { try DriverFixture.port("PIP_TEST_MONGODB_REPLICA_SET") }

    private func on<Result>(
        _ body: (MongoDBConnection, IdentifiableMongoDBPersistence<Note>, String) async throws -> Result
    ) async throws -> Result {
        try await MongoDBFixture.with(Self.port(), ["options.replica_set": "rs0", "options.max_pool_size": "4"]) {
            connection in
            let name = MongoDBFixture.collection()
            return try await body(connection, try await MongoDBFixture.persistence(connection, name), name)
        }
    }

    private static let message = OutboxMessage(
        id: "m1", destination: "d", type: "t", payload: ["$a.b": 1], time: Date(timeIntervalSince1970: 1))

    @Test("Changes and messages are stored in one transaction")
    func outbox() async throws {
        try await on { connection, store, name in
            try await store.create(.empty, Note(id: "1"))
            let stored = try await store.apply(
                .empty, [.create(Note(id: "2")), .set(Note(id: "1", key: "x")), .delete("9")], messages: [Self.message])
            #expect(stored.map { $0?.id } == ["2", "1", nil])
            #expect(stored[1]?.version == "2")
            #expect(try await store.getUnsent(.empty, 5) == [Self.message])
            let sent =
                try await MongoDBFixture.sent(connection, name) + MongoDBFixture.sent(connection, name + "_outbox")
            let own = sent.filter { $0["autocommit"] == false }
            #expect(Set(own.map { $0["txnNumber"] }).count == 1 && own.count >= 5, "\(own)")
            #expect(own.filter { $0["startTransaction"] == true }.count == 1)
            #expect(own.contains { $0["insert"] == .string(name + "_outbox") })
        }
    }

    @Test("A failing change rolls back the others and the messages")
    func abort() async throws {
        try await on { connection, store, name in
            try await store.create(.empty, Note(id: "1"))
            let code = await DriverFixture.code {
                try await store.apply(
                    .empty, [.create(Note(id: "2")), .create(Note(id: "1"))], messages: [Self.message])
            }
            #expect(code == "ALREADY_EXISTS")
            let conflict = await DriverFixture.code {
                try await store.apply(.empty, [.create(Note(id: "3")), .update(Note(id: "1", version: "7"))])
            }
            #expect(conflict == "VERSION_CONFLICT")
            #expect(try await store.getList(.empty).map(\.id) == ["1"])
            #expect(try await store.getUnsent(.empty, 5).isEmpty)
            let twice = await DriverFixture.code { try await store.createMany(.empty, [Note(id: "3"), Note(id: "1")]) }
            #expect(twice == "ALREADY_EXISTS")
            // The server takes back what the transaction did.
            #expect(try await !MongoDBFixture.sent(connection, name).contains { $0["delete"] != nil })
            // The connection is not left in a transaction.
            try await store.createMany(.empty, [Note(id: "4"), Note(id: "5")])
            #expect(try await store.getCount(.empty) == 3)
        }
    }

    @Test("A transaction with a write conflict is retried")
    func transientError() async throws {
        try await on { connection, store, name in
            try await MongoDBFixture.fail(
                connection, name, ["insert"], times: 2,
                ["errorCode": 112, "errorLabels": ["TransientTransactionError"]])
            try await store.createMany(.empty, [Note(id: "1"), Note(id: "2")])
            #expect(try await store.getCount(.empty) == 2)
        }
    }

    @Test("A write whose reply is lost is repeated once, and executed once")
    func retriedWrite() async throws {
        try await on { connection, store, name in
            try await MongoDBFixture.fail(
                connection, name, ["insert"], ["closeConnection": true, "afterExecution": true])
            try await store.create(.empty, Note(id: "1"))
            try await MongoDBFixture.fail(
                connection, name, ["findAndModify"], ["closeConnection": true, "afterExecution": true])
            #expect(try await store.deleteById(.empty, "1")?.id == "1")
            #expect(try await store.getCount(.empty) == 0)
            let inserts = try await MongoDBFixture.sent(connection, name).filter { $0["insert"] != nil }
            #expect(inserts.count == 2 && inserts[0]["txnNumber"] == inserts[1]["txnNumber"])
            // A deletion of many is not recognised when it is repeated: it is sent once, without a number.
            try await store.deleteByFilter(.empty, .all)
            let deletion = try await MongoDBFixture.sent(connection, name).last { $0["delete"] != nil }
            #expect(deletion?["txnNumber"] == nil)
        }
    }

    @Test("A repeated id is set twice")
    func repeatedID() async throws {
        try await on { _, store, _ in
            try await store.create(.empty, Note(id: "1"))
            let notes = [Note(id: "1", key: "a"), Note(id: "2"), Note(id: "1", key: "b")]
            #expect(try await store.setMany(.empty, notes).map(\.version) == ["2", "1", "3"])
            #expect(try await store.getOneById(.empty, "1") == Note(id: "1", version: "3", key: "b"))
        }
    }

    @Test("A commit with lost replies is repeated: the server recognises it")
    func repeatedCommit() async throws {
        try await on { connection, store, _ in
            // The library repeats it once.
            try await connection.run(
                .empty,
                [
                    "configureFailPoint": "failCommand", "mode": ["times": 2],
                    "data": ["failCommands": ["commitTransaction"], "closeConnection": true, "afterExecution": true],
                ])
            try await store.createMany(.empty, [Note(id: "1"), Note(id: "2")])
            #expect(try await store.getCount(.empty) == 2)
        }
    }

    @Test("A transaction reads from the primary, whatever the read preference is")
    func readPreference() async throws {
        let more: ConfigParams = ["options.replica_set": "rs0", "options.read_preference": "secondaryPreferred"]
        try await MongoDBFixture.with(Self.port(), more) { connection in
            let store: IdentifiableMongoDBPersistence<Note> = try await MongoDBFixture.persistence(connection)
            try await store.createMany(.empty, [Note(id: "1"), Note(id: "2")])
            try await store.apply(.empty, [.set(Note(id: "1", key: "x")), .set(Note(id: "2", key: "y"))])
            #expect(try await store.getList(.empty).map(\.key) == ["x", "y"])
        }
    }

    @Test("A step-down during a write is survived", arguments: [10107, 11602])
    func stepDown(_ code: Int) async throws {
        try await on { connection, store, name in
            try await MongoDBFixture.fail(
                connection, name, ["insert"],
                ["errorCode": .integer(Int64(code)), "errorLabels": ["RetryableWriteError"]])
            try await store.create(.empty, Note(id: "1"))
            #expect(try await store.getCount(.empty) == 1)
        }
    }
}
#endif
