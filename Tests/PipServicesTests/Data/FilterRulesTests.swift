import PipServices
import PipServicesTesting
import Testing

@Suite struct FilterRulesTests {
    private static let rules = FilterRules<PersistenceItem>(
        .equals(PersistenceItem.keyField), .equals(PersistenceItem.numberField), .equals(PersistenceItem.activeField),
        .oneOf(PersistenceItem.numberField, key: "numbers"), .atLeast(PersistenceItem.timeField, key: "from"),
        .below(PersistenceItem.timeField, key: "to"), .includes(PersistenceItem.tagsField),
        .any("search", of: .contains(PersistenceItem.nameField), .contains(PersistenceItem.cityField)),
        .prefix(PersistenceItem.nameField), .prefix(PersistenceItem.cityField, key: "town", ignoringCase: true),
        .equals(PersistenceItem.amountField), .atLeast(PersistenceItem.amountField, key: "amount_from"),
        .below(PersistenceItem.numberField, key: "number_to"),
        .includes(PersistenceItem.tagsField, key: "any_tag"))

    @Test("The rules define the documented query parameters") func rulesAreTheQueryOfARoute() {
        let properties = Self.rules.properties
        #expect(properties.map(\.name) == Self.rules.keys)
        #expect(properties.allSatisfy { !$0.isRequired })
    }

    @Test func keysAskForTheirFields() async throws {
        let store = try await assemble(IdentifiableMemoryPersistence<PersistenceItem>())
        var item = PersistenceItem(id: "1", key: "A")
        (item.number, item.active, item.name, item.tags) = (5, true, "Anna", ["red"])
        (item.time, item.amount) = (DateTimeConverter.toNullableDateTime("2020-06-01T12:00:00Z"), 2.5)
        item.place = PersistenceItem.Place(city: "Bonn", floor: nil)
        // All optional fields of this item are missing.
        try await store.createMany(.empty, [item, PersistenceItem(id: "2", key: "B")])
        let asked: [(FilterParams, [String])] = [
            ([:], ["1", "2"]), (["unknown": "x"], ["1", "2"]), (["key": "A"], ["1"]), (["key": ""], ["1", "2"]),
            (["number": " 5 "], ["1"]), (["numbers": "1,5"], ["1"]), (["active": "true"], ["1"]),
            (["tags": "blue,red"], ["1"]), (["search": "NN"], ["1"]), (["search": "bon"], ["1"]),
            (["search": "x"], []), (["key": "A", "number": "6"], []),
            // `from` includes the date, `to` excludes it.
            (["from": "2020-01-01"], ["1"]), (["from": "2020-06-01T12:00:00Z"], ["1"]),
            (["from": "2020-06-01T14:00:00+02:00"], ["1"]), (["from": "2020-06-01T12:00:00.001Z"], []),
            (["to": "2021-01-01"], ["1"]), (["to": "2020-06-01T12:00:00Z"], []),
            (["to": "2020-06-01T12:00:00.001Z"], ["1"]), (["from": "2020-06-01", "to": "2020-06-02"], ["1"]),
            (["from": "2020-06-02", "to": "2020-06-03"], []),
            (["number_to": "6"], ["1"]), (["number_to": "5"], []),
            (["name": "An"], ["1"]), (["name": "Anna"], ["1"]), (["name": "an"], []), (["name": "nna"], []),
            (["town": "bo"], ["1"]), (["town": "onn"], []), (["any_tag": "red"], ["1"]),
            (["amount": "2.5"], ["1"]), (["amount": " 25e-1 "], ["1"]), (["amount": "2"], []),
            (["amount_from": "-1e3"], ["1"]), (["amount_from": "2.5"], ["1"]), (["amount_from": "2.51"], []),
        ]
        for (params, ids) in asked {
            let filter = try Self.rules.filter(.empty, params)
            #expect(store.getList(.empty, where: filter).map(\.id) == ids, "\(params)")
        }
    }

    @Test(arguments: [
        ("number", "five"), ("number", "1e400"), ("numbers", "1,x"), ("active", "maybe"), ("from", "x"),
        ("to", "2020-13-01"), ("number_to", "5.5"), ("amount", "much"), ("amount", "1e400"), ("amount", "nan"),
        ("amount_from", "1,5"),
    ])
    func aMalformedValueIsABadRequest(key: String, value: String) {
        let error = #expect(throws: ApplicationError.self) { try Self.rules.filter(.empty, [key: value]) }
        #expect(error?.code == "BAD_FILTER")
        #expect(error?.category == .badRequest)
        #expect(error?.message.contains("'\(key)'") ?? false)
    }

    private enum Level: String, CaseIterable, Codable, FilterText { case low, high }

    private struct Reading: Codable, Sendable {
        var level: Level
        var ticks: Int64
        var spare: Level?

        static let levelField = Field("level", \Reading.level)
        static let ticksField = Field("ticks", \Reading.ticks)
        static let spareField = Field("spare", \Reading.spare)
    }

    private static let readingRules = FilterRules<Reading>(
        .equals(Reading.levelField), .oneOf(Reading.levelField, key: "levels"), .equals(Reading.spareField),
        .equals(Reading.ticksField), .atLeast(Reading.ticksField, key: "from_tick"))

    @Test func casesAndLargeNumbersAreReadFromText() throws {
        let reading = Reading(level: .high, ticks: 9_007_199_254_740_993, spare: nil)
        let asked: [(FilterParams, Bool)] = [
            (["level": "high"], true), (["level": "low"], false), (["levels": "low,high"], true),
            (["levels": "low"], false), (["spare": "low"], false), (["ticks": " 9007199254740993"], true),
            (["ticks": "9007199254740992"], false), (["from_tick": "-9223372036854775808"], true),
            (["from_tick": "9007199254740994"], false),
        ]
        for (params, holds) in asked {
            let filter = try Self.readingRules.filter(.empty, params)
            #expect(filter.matches(reading) == holds, "\(params)")
        }
    }

    @Test(arguments: [
        ("level", "High", "one of low, high"), ("levels", "low;high", "one of low, high"),
        ("spare", "none", "one of low, high"), ("ticks", "9223372036854775808", "a whole number"),
        ("from_tick", "1.0", "a whole number"),
    ])
    func aMalformedCaseOrNumberIsABadRequest(key: String, value: String, expected: String) {
        let error = #expect(throws: ApplicationError.self) { try Self.readingRules.filter(.empty, [key: value]) }
        #expect(error?.code == "BAD_FILTER")
        #expect(error?.message.contains(expected) ?? false)
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
