import PipServices
import PipServicesTesting
import Testing

@Suite struct FilterRulesTests {
    private static let rules = FilterRules<PersistenceItem>(
        .equals(PersistenceItem.keyField), .equals(PersistenceItem.numberField), .equals(PersistenceItem.activeField),
        .oneOf(PersistenceItem.numberField, key: "numbers"), .atLeast(PersistenceItem.timeField, key: "from"),
        .below(PersistenceItem.timeField, key: "to"), .includes(PersistenceItem.tagsField),
        .any("search", of: .contains(PersistenceItem.nameField), .contains(PersistenceItem.cityField)))

    @Test func keysAskForTheirFields() async throws {
        let store = try await assemble(IdentifiableMemoryPersistence<PersistenceItem>())
        var item = PersistenceItem(id: "1", key: "A")
        (item.number, item.active, item.name, item.tags) = (5, true, "Anna", ["red"])
        try await store.createMany(.empty, [item, PersistenceItem(id: "2", key: "B")])
        let asked: [(FilterParams, [String])] = [
            ([:], ["1", "2"]), (["unknown": "x"], ["1", "2"]), (["key": "A"], ["1"]), (["key": ""], ["1", "2"]),
            (["number": " 5 "], ["1"]), (["numbers": "1,5"], ["1"]), (["active": "true"], ["1"]),
            (["tags": "blue,red"], ["1"]), (["search": "NN"], ["1"]), (["from": "2020-01-01"], []),
            (["key": "A", "number": "6"], []),
        ]
        for (params, ids) in asked {
            let filter = try Self.rules.filter(.empty, params)
            #expect(store.getList(.empty, where: filter).map(\.id) == ids, "\(params)")
        }
    }

    @Test(arguments: [("number", "five"), ("number", "1e400"), ("numbers", "1,x"), ("active", "maybe"), ("from", "x")])
    func aMalformedValueIsABadRequest(key: String, value: String) {
        let error = #expect(throws: ApplicationError.self) { try Self.rules.filter(.empty, [key: value]) }
        #expect(error?.code == "BAD_FILTER")
        #expect(error?.category == .badRequest)
        #expect(error?.message.contains("'\(key)'") ?? false)
    }

    @Test func strictRulesRefuseUnknownKeys() {
        let rules = FilterRules<PersistenceItem>(strict: true, .equals(PersistenceItem.keyField))
        let error = #expect(throws: ApplicationError.self) { try rules.filter(.empty, ["kee": "x"]) }
        #expect(error?.code == "UNKNOWN_FILTER")
        #expect(error?.message.contains("did you mean 'key'?") ?? false)
    }

    @Test func memoryAndDocumentsAnswerAlike() throws {
        var item = PersistenceItem(id: "1", key: "A")
        item.tags = ["red"]
        item.place = PersistenceItem.Place(city: "Berlin", floor: nil)
        let document = try AnyValue(encoding: item)
        let filters = [
            PersistenceItem.cityField == "Berlin", PersistenceItem.floorField.isNull,
            PersistenceItem.tagsField.includes("red"), PersistenceItem.numberField < 5,
            !(PersistenceItem.keyField.hasPrefix("a", ignoringCase: true)),
        ]
        for filter in filters {
            #expect(filter.matches(item) == filter.expression.matches(document))
            #expect(Filter<PersistenceItem>(filter.expression).matches(item) == filter.matches(item))
        }
    }
}
