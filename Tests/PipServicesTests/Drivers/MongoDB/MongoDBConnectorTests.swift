#if PIP_MONGODB
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// The connector and the persistences on a server: what is sent, and what is in the collection afterwards.
@Suite struct MongoDBConnectorTests {
    private struct Note: StringIdentifiable, Codable, Hashable {
        var id = ""
        var key: String
        var number: Int?
        var place: Place?
        struct Place: Codable, Hashable { var city: String? }
        static let keyField = Field("key", \Note.key)
        static let cityField = Field("place.city", \Note.place?.city)
    }

    private func store(
        _ collection: String = MongoDBFixture.collection(), nativeIndexes: [MongoDBIndex] = []
    ) async throws -> IdentifiableMongoDBPersistence<Note> {
        try await MongoDBFixture.persistence(
            try await MongoDBFixture.shared(), collection, indexes: [.hash(Note.keyField)], nativeIndexes: nativeIndexes
        )
    }

    @Test("A connection that is open is not opened again")
    func openedOnce() async throws {
        try await MongoDBFixture.with { connection in
            let pool = try connection.opened(.empty)
            try await connection.open(.empty)
            #expect(try connection.opened(.empty) === pool)
        }
    }

    @Test("The connector and the memory store return the same results")
    func likeMemory() async throws {
        let name = MongoDBFixture.collection()
        let mongo = try await MongoDBFixture.on(try await MongoDBFixture.shared(), MongoDBConnector())
        for connector in [mongo, MemoryDocumentConnector()] as [any DocumentConnector] {
            try await connector.insert(
                .empty, into: name, [["id": "1", "a": 1], ["id": "2", "a": 2, "b": ["c": "x"]]])
            #expect(
                await DriverFixture.code { try await connector.insert(.empty, into: name, [["id": "3"], ["id": "1"]]) }
                    == "ALREADY_EXISTS")
            #expect(await DriverFixture.code { try await connector.insert(.empty, into: name, [["a": 1]]) } == "NO_ID")
            #expect(try await connector.count(.empty, in: name, where: .all) == 2)
            #expect(
                try await connector.find(
                    .empty, in: name, DocumentQuery(.compare(path: "a", .greater, 1), fields: ["b.c"]))
                    == [["b": ["c": "x"]]])
            #expect(
                try await connector.find(
                    .empty, in: name, DocumentQuery(sort: SortParams(SortField("a", ascending: false)), take: 1))
                    == [["id": "2", "a": 2, "b": ["c": "x"]]])
            #expect(try await connector.replace(.empty, in: name, ["id": "1", "n": 5], where: .all, orInsert: false))
            #expect(try await !connector.replace(.empty, in: name, ["id": "9"], where: .all, orInsert: false))
            #expect(try await connector.replace(.empty, in: name, ["id": "9", "n": 1], where: .all, orInsert: true))
            let isOther = FilterExpression.compare(path: "n", .equal, 6)
            #expect(
                try await !connector.replace(.empty, in: name, ["id": "9", "n": 7], where: isOther, orInsert: true))
            #expect(try await connector.find(.empty, in: name, DocumentQuery()).map { $0["id"] } == ["1", "2", "9"])
            #expect(
                try await connector.update(.empty, in: name, id: "1", ["m": 1], where: .all) == [
                    "id": "1", "n": 5, "m": 1,
                ])
            #expect(try await connector.update(.empty, in: name, id: "1", ["m": 2], where: isOther) == nil)
            #expect(
                await DriverFixture.code {
                    try await connector.update(.empty, in: name, id: "1", ["id": "2"], where: .all)
                } == "BAD_ID")
            try await connector.createIndex(.empty, in: name, DocumentIndex([SortField("n")], isUnique: true))
            #expect(
                await DriverFixture.code { try await connector.insert(.empty, into: name, [["id": "x", "n": 5]]) }
                    == "ALREADY_EXISTS")
            #expect(try await connector.delete(.empty, from: name, id: "1")?["n"] == 5)
            #expect(try await connector.delete(.empty, from: name, id: "1") == nil)
            #expect(try await connector.deleteAll(.empty, from: name, where: .all) == 2)
        }
    }

    @Test(
        "A page is one command with filter, sort, skip and limit",
        .disabled(if: MongoDBFixture.isReal, "needs the commands of the stand-in"))
    func sentPage() async throws {
        let (name, connection) = (MongoDBFixture.collection(), try await MongoDBFixture.shared())
        let store = try await store(name)
        try await store.createMany(.empty, (1...5).map { (n: Int) in Note(id: "\(n)", key: "k", number: n) })
        let page = try await store.getPage(
            .empty, where: Note.keyField == "k" && Note.cityField == nil, paging: PagingParams(skip: 1, take: 2),
            sortedBy: Note.keyField.descending, fields: ["number"])
        #expect(page.data == [["number": 4], ["number": 3]])
        let sent = try #require(try await MongoDBFixture.sent(connection, name).last)
        #expect(sent["find"] == .string(name))
        #expect(sent["sort"] == ["key": -1, "_order": -1, "_id": -1])
        #expect(sent["skip"] == 1 && sent["limit"] == 2)
        // The server would leave out what does not fit into one reply.
        #expect(sent["singleBatch"] == nil)
        #expect(sent["projection"] == ["number": 1, "_id": 0])
        #expect(sent["filter"]?["$and"]?[0] == ["key": ["$eq": "k"]])
        #expect(sent["maxTimeMS"] != nil)
        // One document fits into one reply: the server needs no cursor for it.
        _ = try await store.getOneById(.empty, "1")
        #expect(try await MongoDBFixture.sent(connection, name).last?["singleBatch"] == .bool(true))
    }

    @Test(
        "Items with an existing or repeated id are not sent",
        .disabled(if: MongoDBFixture.isReal, "needs the commands of the stand-in"))
    func refusedInserts() async throws {
        let (name, connection) = (MongoDBFixture.collection(), try await MongoDBFixture.shared())
        let store = try await store(name)
        try await store.create(.empty, Note(id: "1", key: "k"))
        for ids in [["2", "1"], ["3", "3"]] {
            let code = await DriverFixture.code {
                try await store.createMany(.empty, ids.map { Note(id: $0, key: "k") })
            }
            #expect(code == "ALREADY_EXISTS")
        }
        #expect(try await MongoDBFixture.sent(connection, name).filter { $0["insert"] != nil }.count == 1)
    }

    @Test(
        "Of two indexes on the same fields, only the later one is created",
        .disabled(if: MongoDBFixture.isReal, "needs the commands of the stand-in"))
    func indexes() async throws {
        let (name, connection) = (MongoDBFixture.collection(), try await MongoDBFixture.shared())
        _ = try await store(name, nativeIndexes: [MongoDBIndex([SortField("key")], isUnique: true)])
        let sent = try #require(try await MongoDBFixture.sent(connection, name).first { $0["createIndexes"] != nil })
        let indexes = sent["indexes"]?.array ?? []
        #expect(indexes.map { $0["key"] } == [["_order": 1, "_id": 1], ["key": 1]])
        #expect(indexes.last?["unique"] == .bool(true))
    }

    @Test(
        "A multiple deletion uses the configured write concern",
        .disabled(if: MongoDBFixture.isReal, "needs the commands of the stand-in"))
    func writeConcern() async throws {
        let name = MongoDBFixture.collection()
        try await MongoDBFixture.with(nil, ["options.write_concern": "majority"]) { connection in
            let store: IdentifiableMongoDBPersistence<Note> = try await MongoDBFixture.persistence(connection, name)
            try await store.create(.empty, Note(id: "1", key: "k"))
            #expect(try await store.deleteByFilter(.empty, .all) == 1)
            let sent = try await MongoDBFixture.sent(connection, name)
            for command in ["insert", "delete"] {
                #expect(sent.last { $0[command] != nil }?["writeConcern"]?["w"] == "majority", "\(command)")
            }
        }
    }

    @Test("Fields unknown to the type survive partial updates and are removed by an update")
    func unknownFields() async throws {
        let (name, connection) = (MongoDBFixture.collection(), try await MongoDBFixture.shared())
        let connector = try await MongoDBFixture.on(connection, MongoDBConnector())
        let store = try await store(name)
        try await connector.insert(.empty, into: name, [["id": "1", "key": "a", "foreign": ["x": 1]]])
        try await store.updatePartially(.empty, "1", ["number": 5, "nonsense": 1])
        var stored = try await connector.find(.empty, in: name, DocumentQuery())
        #expect(stored == [["id": "1", "key": "a", "foreign": ["x": 1], "number": 5]])
        try await store.update(.empty, Note(id: "1", key: "b"))
        stored = try await connector.find(.empty, in: name, DocumentQuery())
        #expect(stored == [["id": "1", "key": "b"]])
    }

    @Test("The id of an item can't be changed or emptied")
    func changedID() async throws {
        let store = try await store()
        try await store.create(.empty, Note(id: "1", key: "a"))
        #expect(await DriverFixture.code { try await store.updatePartially(.empty, "1", ["id": "2"]) } == "BAD_ID")
        #expect(await DriverFixture.code { try await store.updatePartially(.empty, "1", ["id": ""]) } == "NO_ID")
        #expect(try await store.updatePartially(.empty, "1", ["id": "1", "key": "b"])?.key == "b")
    }

    @Test("A unique index rejects duplicates, and createOnce returns the existing item")
    func uniqueIndex() async throws {
        let store = try await store(nativeIndexes: [MongoDBIndex([SortField("key")], isUnique: true)])
        try await store.create(.empty, Note(id: "1", key: "a"))
        #expect(
            await DriverFixture.code { try await store.create(.empty, Note(id: "2", key: "a")) } == "ALREADY_EXISTS")
        #expect(await DriverFixture.code { try await store.set(.empty, Note(id: "2", key: "a")) } == "ALREADY_EXISTS")
        let found = try await store.createOnce(.empty, Note(id: "3", key: "a"), unless: Note.keyField == "a")
        #expect(found.id == "1")
    }

    @Test("Documents that do not match the type are an error with their id")
    func strangeDocument() async throws {
        let name = MongoDBFixture.collection()
        let connector = try await MongoDBFixture.on(try await MongoDBFixture.shared(), MongoDBConnector())
        let store = try await store(name)
        try await connector.insert(.empty, into: name, [["id": "odd", "key": 5]])
        do {
            _ = try await store.getOneById(.empty, "odd")
            Issue.record("nothing was thrown")
        } catch let error as ApplicationError {
            #expect(
                error.code == "BAD_DOCUMENT" && error.details["id"] == "odd" && error.message.contains("key"),
                "\(error)")
        }
    }

    @Test(
        "Values that cannot be stored are rejected, and nothing is lost",
        arguments: [
            (["a.b": 1], "BAD_FIELD_NAME"), (["$a": 1], "BAD_FIELD_NAME"), (["_order": 1], "BAD_FIELD_NAME"),
            (["n": .double(.nan)], "CANNOT_STORE"), (["n": .double(.infinity)], "CANNOT_STORE"),
            (["t": .string(String(repeating: "x", count: 17 << 20))], "DOCUMENT_TOO_LARGE"),
        ] as [(AnyValueMap, String)])
    func badInput(_ fields: AnyValueMap, _ expected: String) async throws {
        let name = MongoDBFixture.collection()
        let connector = try await MongoDBFixture.on(try await MongoDBFixture.shared(), MongoDBConnector())
        try await connector.insert(.empty, into: name, [["id": "1", "n": 1]])
        var document = fields
        document["id"] = "2"
        #expect(await DriverFixture.code { try await connector.insert(.empty, into: name, [document]) } == expected)
        let large = document
        document["id"] = "1"
        #expect(await DriverFixture.code { try await connector.replace(.empty, in: name, document) } == expected)
        #expect(
            await DriverFixture.code { try await connector.insert(.empty, into: name, [["id": "3"], large]) }
                == expected)
        #expect(try await connector.find(.empty, in: name, DocumentQuery()) == [["id": "1", "n": 1]])
        #expect(
            await DriverFixture.code { _ = try await connector.find(.empty, in: "a$b", DocumentQuery()) }
                == "BAD_COLLECTION")
    }

    @Test("A document of nearly 16 MiB is stored")
    func largeDocument() async throws {
        let store = try await store()
        let note = Note(id: "1", key: String(repeating: "x", count: (16 << 20) - 1000))
        try await store.create(.empty, note)
        #expect(try await store.getOneById(.empty, "1") == note)
    }

    @Test(
        "Many documents are sent in batches that the server accepts",
        .disabled(if: MongoDBFixture.isReal, "needs the commands of the stand-in"))
    func batches() async throws {
        let (name, connection) = (MongoDBFixture.collection(), try await MongoDBFixture.shared())
        let store = try await store(name)
        let notes = (0..<10).map { Note(id: "\($0)", key: String(repeating: "x", count: 5 << 20)) }
        try await store.createMany(.empty, notes)
        #expect(try await store.getCount(.empty) == 10)
        let inserts = try await MongoDBFixture.sent(connection, name).filter { $0["insert"] != nil }
        #expect(inserts.count == 2)
    }

    @Test("Native filters and pipelines reach the server unchanged")
    func native() async throws {
        let store = try await store()
        try await store.createMany(.empty, (1...4).map { (n: Int) in Note(id: "\(n)", key: "k", number: n) })
        let odd: BSONDocument = ["number": ["$in": [1, 3]]]
        #expect(try await store.getList(.empty, native: odd).map(\.id) == ["1", "3"])
        #expect(try await store.getCount(.empty, native: odd) == 2)
        let page = try await store.getPage(.empty, native: odd, paging: PagingParams(take: 1, total: true))
        #expect(page.data.map(\.id) == ["1"] && page.total == 2)
        let sums = try await store.aggregate(
            .empty, [["$match": ["number": ["$gt": 1]]], ["$group": ["_id": "$key", "sum": ["$sum": "$number"]]]])
        #expect(try sums.map { try $0.values() } == [["_id": "k", "sum": 9]])
        #expect(await DriverFixture.code { _ = try await store.aggregate(.empty, [["$nonsense": 1]]) } != nil)
        #expect(
            await DriverFixture.code { _ = try await store.getList(.empty, native: ["$nonsense": 1]) } == "BAD_QUERY")
    }

    @Test("Items without ids get MongoDB ids, and keep their order")
    func plain() async throws {
        struct Entry: Codable, Hashable { var text: String }
        let connection = try await MongoDBFixture.shared()
        let store = try await MongoDBFixture.on(connection, MongoDBPersistence<Entry>(MongoDBFixture.collection()))
        try await store.open(.empty)
        try await store.create(.empty, Entry(text: "b"))
        try await store.createMany(.empty, [Entry(text: "a"), Entry(text: "c")])
        #expect(try await store.getList(.empty).map(\.text) == ["b", "a", "c"])
        let text = Field("text", \Entry.text)
        #expect(try await store.getPage(.empty, sortedBy: text.ascending).data.map(\.text) == ["a", "b", "c"])
        let first = try await store.getPage(.empty, paging: TokenizedPagingParams(take: 2))
        let rest = try await store.getPage(.empty, paging: TokenizedPagingParams(token: first.token))
        #expect(rest.data.map(\.text) == ["c"] && rest.token == nil)
        #expect(try await store.deleteByFilter(.empty, text == "a") == 1)
        #expect(try await store.getCount(.empty) == 2)
        try await store.clear(.empty)
        #expect(try await store.getOneRandom(.empty) == nil)
    }

    @Test("A missing collection and a closed persistence are errors")
    func misuse() async throws {
        let connection = try await MongoDBFixture.shared()
        let unnamed = try await MongoDBFixture.on(connection, IdentifiableMongoDBPersistence<Note>())
        #expect(await DriverFixture.code { try await unnamed.open(.empty) } == "NO_COLLECTION")
        let named = try await MongoDBFixture.on(connection, IdentifiableMongoDBPersistence<Note>(), ["collection": "c"])
        #expect(await DriverFixture.code { try await named.open(.empty) } == nil)
        let closed = try await assemble(MongoDBConnection(), config: try MongoDBFixture.config())
        #expect(await DriverFixture.code { try await closed.checkReadiness(.empty) } == "NOT_OPENED")
        #expect(await DriverFixture.code { _ = try closed.databaseName() } == "NOT_OPENED")
    }

    @Test(
        "Without transactions, several changes are refused together, and a single change works",
        .disabled(if: MongoDBFixture.isReal, "needs the commands of the stand-in"))
    func withoutTransactions() async throws {
        let store = try await store()
        let message = OutboxMessage(
            id: "m", destination: "d", type: "t", payload: ["a.b": 1], time: Date(timeIntervalSince1970: 1))
        let code = await DriverFixture.code {
            try await store.apply(.empty, [.create(Note(id: "1", key: "a"))], messages: [message])
        }
        #expect(code == "NO_TRANSACTIONS")
        #expect(try await store.getCount(.empty) == 0)
        #expect(try await store.apply(.empty, [.create(Note(id: "1", key: "a"))]).count == 1)
        try await store.apply(.empty, [], messages: [message])
        #expect(try await store.getUnsent(.empty, 10) == [message])
        try await store.markSent(.empty, ["m", "other"])
        #expect(try await store.getUnsent(.empty, 10) == [])
    }
}
#endif
