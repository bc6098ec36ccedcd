import PipServices
import Testing

@Suite struct MemoryDocumentConnectorTests {
    private func store() throws -> MemoryDocumentConnector {
        let store = MemoryDocumentConnector()
        try store.insert(
            .empty, into: "c",
            [
                ["id": "1", "a": 1, "b": ["x": "p"]], ["id": "2", "a": 2, "b": ["x": "q"]],
                ["id": "3", "b": [["x": "p"]]],
            ])
        return store
    }

    @Test func documentsAreFoundSortedCutAndPicked() throws {
        let store = try store()
        func ids(_ query: DocumentQuery) -> [AnyValue?] { store.find(.empty, in: "c", query).map { $0["id"] } }
        #expect(ids(DocumentQuery()) == ["1", "2", "3"])
        #expect(ids(DocumentQuery(.compare(path: "b.x", .equal, "p"))) == ["1", "3"])
        #expect(ids(DocumentQuery(sort: SortParams(SortField("a", ascending: false)))) == ["2", "1", "3"])
        #expect(ids(DocumentQuery(skip: 1, take: 1)) == ["2"])
        #expect(ids(DocumentQuery(skip: -1, take: -1)) == [])
        #expect(store.find(.empty, in: "c", DocumentQuery(take: 1, fields: ["b.x"])) == [["b": ["x": "p"]]])
        #expect(store.find(.empty, in: "other", DocumentQuery()).isEmpty)
        #expect(store.count(.empty, in: "c", where: .compare(path: "a", .equal, .null)) == 1)
        #expect(store.count(.empty, in: "c", where: .compare(path: "a", .equal, "1")) == 0)
        #expect(store.count(.empty, in: "c", where: .compare(path: "a", .equal, 1.0)) == 1)
    }

    @Test func documentsAreChanged() throws {
        let store = try store()
        #expect(try store.replace(.empty, in: "c", ["id": "1", "a": 5]))
        #expect(try !store.replace(.empty, in: "c", ["id": "1"], where: .compare(path: "a", .equal, 1)))
        #expect(try !store.replace(.empty, in: "c", ["id": "9"]))
        #expect(try store.replace(.empty, in: "c", ["id": "9"], orInsert: true))
        #expect(try store.update(.empty, in: "c", id: "9", ["a": 7]) == ["id": "9", "a": 7])
        #expect(try store.update(.empty, in: "c", id: "8", ["a": 7]) == nil)
        #expect(throws: ApplicationError.self) { try store.update(.empty, in: "c", id: "9", ["id": "8"]) }
        #expect(store.delete(.empty, from: "c", id: "9")?["a"] == 7)
        #expect(store.deleteAll(.empty, from: "c", where: .compare(path: "a", .greater, 1)) == 2)
        #expect(store.count(.empty, in: "c", where: .all) == 1)
    }

    @Test func whatIsUniqueStaysSo() throws {
        let store = try store()
        let error = #expect(throws: ApplicationError.self) {
            try store.insert(.empty, into: "c", [["id": "4"], ["id": "1"]])
        }
        #expect(error?.code == "ALREADY_EXISTS")
        #expect(store.count(.empty, in: "c", where: .all) == 3)
        #expect(throws: ApplicationError.self) { try store.insert(.empty, into: "c", [["a": 1]]) }
        try store.createIndex(.empty, in: "c", DocumentIndex([SortField("a")], isUnique: true))
        #expect(throws: ApplicationError.self) { try store.insert(.empty, into: "c", [["id": "4", "a": 2]]) }
        #expect(throws: ApplicationError.self) { try store.update(.empty, in: "c", id: "1", ["a": 2]) }
        #expect(try store.replace(.empty, in: "c", ["id": "2", "a": 2, "n": 1]))
    }
}
