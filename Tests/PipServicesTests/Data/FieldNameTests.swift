import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// Fields whose names are found from the type.
@Suite struct FieldNameTests {
    enum Kind: String, Codable, CaseIterable { case first, second }
    enum Open: String, Codable { case any }

    struct Place: Codable, SnakeCaseKeys {
        var cityName: String
        var streetName: String?
    }

    struct Item: StringIdentifiable, Codable, SnakeCaseKeys {
        @GeneratedId var id = ""
        var siteId: String
        var kind: Kind
        var otherKind: Kind?
        var kinds: [Kind]
        var amount: Decimal
        var createTime: Date
        var link: URL?
        var isOpen: Bool
        var tagNames: [String]
        var homePlace: Place
        var workPlace: Place?

        var upperId: String { siteId + "!" }
        var both: String { siteId + homePlace.cityName }
    }

    @Test("Names are found for all types of fields") func names() {
        #expect(Field(\Item.id).path == "id")
        #expect(Field(\Item.siteId).path == "site_id")
        #expect(Field(\Item.kind).path == "kind")
        #expect(Field(\Item.otherKind).path == "other_kind")
        #expect(Field(\Item.kinds).path == "kinds")
        #expect(Field(\Item.amount).path == "amount")
        #expect(Field(\Item.createTime).path == "create_time")
        #expect(Field(\Item.link).path == "link")
        #expect(Field(\Item.isOpen).path == "is_open")
        #expect(Field(\Item.tagNames).path == "tag_names")
    }

    @Test("Names of fields inside others are found") func nested() {
        #expect(Field(\Item.homePlace.cityName).path == "home_place.city_name")
        #expect(Field(\Item.homePlace.streetName).path == "home_place.street_name")
        #expect(Field(\Item.workPlace?.cityName).path == "work_place.city_name")
        #expect(Field(\Item.workPlace?.streetName).path == "work_place.street_name")
    }

    struct Swapped: Codable, Sendable {
        var first: String
        var second: String
        enum CodingKeys: String, CodingKey {
            case first = "second"
            case second = "first"
        }
    }

    @Test("A name is that of the coding key, not of the property") func swapped() {
        #expect(Field(\Swapped.first).path == "second")
        #expect(Field(\Swapped.second).path == "first")
    }

    /// No value of it can be made up, since the cases of `Open` are not known.
    struct Unseen: Codable, Sendable {
        var name: String
        var open: Open
        var behind: String
    }

    @Test("A field that can't be varied is found by the property's name") func byName() {
        #expect(Field(\Unseen.name).path == "name")
        #expect(Field(\Unseen.name).any.problem == nil)
    }

    @Test("Computed properties, and fields that decoding does not show, have no name") func none() {
        for problem in [
            Field(\Item.both).any.problem, Field(\Item.upperId).any.problem, Field(\Unseen.behind).any.problem,
            Field(\Item.siteId.count).any.problem,
        ] {
            #expect(problem?.code == "NO_FIELD_NAME")
            #expect(problem?.category == .internal)
        }
        #expect(Field(\Unseen.behind).any.problem?.message.contains("'behind' of Unseen") == true)
        #expect(Field(\Unseen.behind).path == "$behind")
        #expect(Field("behind", \Unseen.behind).any.problem == nil)
    }

    private static func item(_ id: String, _ site: String, _ city: String) -> Item {
        Item(
            id: id, siteId: site, kind: .first, otherKind: nil, kinds: [.second], amount: 1,
            createTime: Date(timeIntervalSince1970: 0), link: nil, isOpen: true, tagNames: ["a"],
            homePlace: Place(cityName: city), workPlace: nil)
    }

    @Test("Filters, sorts and indexes work by these names") func filters() async throws {
        let items = IdentifiableMemoryPersistence<Item>(indexes: [.ordered(Field(\.siteId)), .hash(Field(\.kind))])
        try await items.open(.empty)
        for (id, site, city) in [("1", "b", "Bern"), ("2", "a", "Bern"), ("3", "a", "Basel")] {
            try await items.create(.empty, Self.item(id, site, city))
        }
        let inBern = Field(\Item.homePlace.cityName) == "Bern"
        #expect(items.getList(.empty, where: inBern, sortedBy: Field(\.siteId).ascending).map(\.id) == ["2", "1"])
        let document = try AnyValue(encoding: Self.item("1", "b", "Bern"))
        #expect(inBern.expression.matches(document))
        #expect((Field(\Item.kinds).includes(.second) && Field(\Item.kind) == .first).expression.matches(document))
        #expect((Field(\Item.otherKind) == nil).expression.matches(document))
    }

    @Test("Rules of equality are one list of key paths") func rules() throws {
        let rules = FilterRules<Item>(
            equals: \.id, \.siteId, \.workPlace?.cityName, \.amount, and: .equals(Field(\.kind)),
            .oneOf(Field(\.siteId), key: "sites"))
        #expect(rules.keys == ["id", "site_id", "work_place.city_name", "amount", "kind", "sites"])
        try rules.check()
        let filter = try rules.filter(.empty, ["site_id": "a", "kind": "first", "sites": "a,b"])
        let document = try AnyValue(encoding: Self.item("1", "a", "Bern"))
        #expect(filter.expression.matches(document))
        #expect(try !rules.filter(.empty, ["amount": "2"]).expression.matches(document))
        let error = #expect(throws: ApplicationError.self) { try rules.filter(.empty, ["amount": "x"]) }
        #expect(error?.code == "BAD_FILTER")
        let strict = FilterRules<Item>(strict: true, equals: \.siteId)
        #expect(throws: ApplicationError.self) { try strict.filter(.empty, ["site": "a"]) }
    }

    // MARK: - Fields without a name

    private static func expectNoName(_ problem: (any Error)?) {
        #expect((problem as? ApplicationError)?.code == "NO_FIELD_NAME", "\(String(describing: problem))")
    }

    @Test(
        "Rules with a field that has no name are refused",
        arguments: [
            FilterRules<Item>(equals: \.siteId, \.both), FilterRules(.oneOf(Field(\Item.both), key: "x")),
            FilterRules(.any("x", of: .equals(Field(\Item.siteId)), .prefix(Field(\Item.both)))),
            FilterRules(.atLeast(Field(\Item.both), key: "x")), FilterRules(.below(Field(\Item.both), key: "x")),
            FilterRules(.contains(Field(\Item.both))),
        ])
    func unnamedRules(rules: FilterRules<Item>) {
        Self.expectNoName(#expect(throws: ApplicationError.self) { try rules.check() })
        let context = Context(traceId: "t")
        let error = #expect(throws: ApplicationError.self) { try rules.filter(context, [:]) }
        Self.expectNoName(error)
        #expect(error?.traceId == "t")
    }

    @Test("A persistence with an index over such a field does not open") func unnamedIndex() async {
        let items = IdentifiableMemoryPersistence<Item>(indexes: [.hash(Field(\.both))])
        Self.expectNoName(await #expect(throws: ApplicationError.self) { try await items.open(.empty) })
    }

    final class Items: Component, StoredPersistence {
        typealias Item = FieldNameTests.Item
        let filters = FilterRules<FieldNameTests.Item>(equals: \.both)
        let items: any PersistenceEngine<FieldNameTests.Item> = IdentifiableMemoryPersistence<FieldNameTests.Item>()
        init() {}
    }

    @Test("A service whose persistence filters by such a field does not start, and --check tells it")
    func unnamedFilter() async throws {
        let yaml = "- descriptor: shop:persistence:memory:default:1.0"
        let factory = Factory("shop:persistence:memory:*:1.0") { Items() }
        Self.expectNoName(
            await #expect(throws: ApplicationError.self) {
                try await withContainer(yaml: yaml, factories: [factory]) { _ in }
            })
        let container = Container("shop", factories: [factory])
        await container.configure(
            ContainerConfig(try ConfigText.read(yaml, format: .yaml, file: nil, parameters: [:])))
        let problems = await container.check().filter { $0.code == "NO_FIELD_NAME" }
        #expect(problems.map(\.severity) == [.error])
        #expect(problems.first?.message.contains("a computed property of Item") == true, "\(problems)")
    }
}
