#if PIP_MONGODB
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// Streams: which items they give, what they ask the server for, and what they do after an error.
@Suite struct MongoDBStreamTests {
    private struct Note: StringIdentifiable, Codable, Hashable {
        var id = ""
        var number: Int?
        var value: AnyValue?
    }

    private typealias Store = IdentifiableMongoDBPersistence<Note>

    private static let byValue = Sort<Note>(SortParams(SortField("value")))

    private func filled(_ notes: [Note], _ name: String = MongoDBFixture.collection()) async throws -> Store {
        let store: Store = try await MongoDBFixture.persistence(try await MongoDBFixture.shared(), name)
        try await store.createMany(.empty, notes)
        return store
    }

    private func numbered(_ count: Int) -> [Note] { (0..<count).map { Note(id: "\($0)", number: $0) } }

    private func ids(_ stream: MongoDBStream<Note>) async throws -> [String] {
        var ids: [String] = []
        for try await note in stream { ids.append(note.id) }
        return ids
    }

    @Test(
        "A stream requests batch by batch, each within the time of a call, and leaves no cursor",
        .disabled(if: MongoDBFixture.isReal, "needs the commands of the stand-in"))
    func batches() async throws {
        let (name, connection) = (MongoDBFixture.collection(), try await MongoDBFixture.shared())
        let store = try await filled(numbered(25), name)
        #expect(try await ids(store.stream(.empty, batchSize: 10)) == (0..<25).map { "\($0)" })
        let sent = try await MongoDBFixture.sent(connection, name)
        let finds = sent.filter { $0["find"] != nil && $0["limit"] != 1 }
        #expect(finds.count == 3)
        for find in finds {
            #expect(find["limit"] == 10)
            #expect((find["maxTimeMS"]?.getAsLong() ?? 0) > 0)
        }
        #expect(finds.first?["filter"] == [:])
        #expect(finds.last?["filter"]?["$and"]?.array?.count == 2)
        #expect(!sent.contains { $0["getMore"] != nil || $0["killCursors"] != nil })
        // Left early.
        for try await _ in try store.stream(.empty, batchSize: 10) { break }
        let reply = try await connection.run(.empty, ["openCursors": .string(name)])
        #expect(try reply.values()["n"] == 0)
        // A full last batch: one more question tells that it was the last one.
        #expect(try await ids(store.stream(.empty, batchSize: 25)).count == 25)
        #expect(try await ids(store.stream(.empty, batchSize: 0)).count == 25)
    }

    @Test("Concurrent streams each return all items")
    func severalAtOnce() async throws {
        let store = try await filled(numbered(40))
        let all = (0..<40).map { "\($0)" }
        try await withThrowingTaskGroup(of: [String].self) { group in
            for size in [3, 5, 7, 10] { group.addTask { try await ids(store.stream(.empty, batchSize: size)) } }
            for try await found in group { #expect(found == all) }
        }
    }

    @Test("The filter applies to each batch, and batches larger than the server's are complete")
    func filtered() async throws {
        let store = try await filled(numbered(1200))
        let number = Field("number", \Note.number)
        let found = try await ids(store.stream(.empty, where: number < 1100, batchSize: 1050))
        #expect(found == (0..<1100).map { "\($0)" })
    }

    @Test(
        "The order of values of all types is the same in batches as in one query",
        arguments: [true, false], [1, 3])
    func mixedKinds(_ isAscending: Bool, _ size: Int) async throws {
        let values: [AnyValue?] = [
            3, nil, "b", .bool(true), .null, 1.5, .date(Date(timeIntervalSince1970: 7)), "a", .bool(false), 3, "", -2,
            .date(Date(timeIntervalSince1970: 1)), "b", nil, 0,
        ]
        let store = try await filled(values.enumerated().map { Note(id: "\($0)", value: $1) })
        let order = Sort<Note>(SortParams(SortField("value", ascending: isAscending)))
        let expected = try await store.getList(.empty, sortedBy: order).map(\.id)
        #expect(expected.count == values.count)
        #expect(try await ids(store.stream(.empty, sortedBy: order, batchSize: size)) == expected)
        var (paged, token): ([String], String?) = ([], nil)
        repeat {
            let page = try await store.getPage(
                .empty, paging: TokenizedPagingParams(token: token, take: Int64(size)), sortedBy: order)
            paged += page.data.map(\.id)
            token = page.token
        } while token != nil && paged.count <= values.count
        #expect(paged == expected)
    }

    @Test("Sorting by a list field fails after the first batch, in streams and in pages by token")
    func lists() async throws {
        let order = Self.byValue
        let store = try await filled([
            Note(id: "1", value: [1, 9]), Note(id: "2", value: 5), Note(id: "3", value: 7),
        ])
        let iterator = try store.stream(.empty, sortedBy: order, batchSize: 2).makeAsyncIterator()
        #expect(try await [iterator.next()?.id, iterator.next()?.id] == ["1", "2"])
        for _ in 0..<2 {
            #expect(await DriverFixture.code { _ = try await iterator.next() } == "UNSUPPORTED_SORT")
        }
        #expect(
            await DriverFixture.code {
                _ = try await store.getPage(.empty, paging: TokenizedPagingParams(take: 2), sortedBy: order)
            } == "UNSUPPORTED_SORT")
        // One batch has no other one behind it.
        #expect(try await ids(store.stream(.empty, sortedBy: order, batchSize: 4)) == ["1", "2", "3"])
    }

    @Test(
        "After an error a stream resumes without missing or repeated items",
        .disabled(if: MongoDBFixture.isReal, "needs the commands of the stand-in"))
    func errors() async throws {
        let (name, connection) = (MongoDBFixture.collection(), try await MongoDBFixture.shared())
        let store = try await filled(numbered(6), name)
        let iterator = try store.stream(.empty, batchSize: 2).makeAsyncIterator()
        var found: [Int?] = []
        for _ in 0..<2 { found.append(try await iterator.next()?.number) }
        try await MongoDBFixture.fail(connection, name, ["find"], times: 2, ["errorCode": 50])
        for _ in 0..<2 { #expect(await DriverFixture.code { _ = try await iterator.next() } == "TIMEOUT") }
        for _ in 0..<2 { found.append(try await iterator.next()?.number) }
        // A read is sent twice.
        try await MongoDBFixture.fail(connection, name, ["find"], times: 2, ["closeConnection": true])
        #expect(await DriverFixture.code { _ = try await iterator.next() } == "CONNECTION_FAILED")
        while let note = try await iterator.next() { found.append(note.number) }
        #expect(found == Array(0..<6))
        #expect(try await iterator.next() == nil)
    }

    @Test("An item that does not match the type is an error with its id, and the others follow")
    func badDocument() async throws {
        let name = MongoDBFixture.collection()
        let store = try await filled(numbered(2), name)
        let connector = try await MongoDBFixture.on(try await MongoDBFixture.shared(), MongoDBConnector())
        try await connector.insert(.empty, into: name, [["id": "odd", "number": "x"], ["id": "3", "number": 3]])
        let iterator = try store.stream(.empty, batchSize: 3).makeAsyncIterator()
        for _ in 0..<2 { _ = try await iterator.next() }
        #expect(await DriverFixture.code { _ = try await iterator.next() } == "BAD_DOCUMENT")
        #expect(try await iterator.next()?.id == "3")
        #expect(try await iterator.next() == nil)
    }

    @Test("A stream with an expired deadline throws on each call")
    func passedDeadline() async throws {
        let store = try await filled(numbered(2))
        let context = Context(deadline: SystemClock().uptime - .seconds(1))
        let iterator = try store.stream(context).makeAsyncIterator()
        for _ in 0..<2 { #expect(await DriverFixture.code { _ = try await iterator.next() } == "TIMEOUT") }
    }
}
#endif
