import PipServicesTesting
import Testing

@testable import PipServices

/// External strings are compared and split by code points.
@Suite struct ScalarTextTests {
    /// Strings that `String` treats as equal.
    static let lookAlikes = [
        ("\u{E9}", "e\u{301}"), ("K", "\u{212A}"), (";", "\u{37E}"), ("a\u{323}\u{307}", "a\u{307}\u{323}"),
        ("\u{C5}", "\u{212B}"),
    ]

    @Test("Equal strings with different code points are different", arguments: lookAlikes)
    func comparison(left: String, right: String) {
        #expect(left == right, "a string is equal")
        #expect(ScalarText(left) != ScalarText(right))
        #expect(ScalarText(left) == ScalarText(left + ""))
        #expect(ScalarText(left).hashValue == ScalarText(left + "").hashValue)
        #expect(Set([ScalarText(left), ScalarText(right)]).count == 2)
        #expect(!left.isSame(as: right))
        #expect((ScalarText(left) < ScalarText(right)) != (ScalarText(right) < ScalarText(left)))
    }

    @Test("A combining mark after a separator belongs to the next part") func division() throws {
        let text = "a;\u{301}b=\u{338}c"
        #expect(text.parts(separatedBy: ";").map(\.utf8.count) == [1, 7])
        let (before, after) = try #require(text.divided(atFirst: "="))
        #expect(before.isSame(as: "a;\u{301}b"))
        #expect(after.isSame(as: "\u{338}c"))
        #expect("a;;b".parts(separatedBy: ";", omittingEmpty: true).count == 2)
        #expect("a;b;c".parts(separatedBy: ";", maxSplits: 1).count == 2)
        #expect("a.b.c".divided(atLast: ".")?.before == "a.b")
        #expect("abc".divided(atFirst: ".") == nil)
        #expect(" \u{301}a ".trimmed.isSame(as: "\u{301}a"))
        #expect("/\u{301}b".begins(with: "/"))
        #expect("a/\u{301}b?c".prefix(upTo: "/", "?") == "a")
    }

    private struct Item: StringIdentifiable, Codable, Equatable, Sendable { var id: String, owner: String }

    @Test("Ids of items, keys of caches, locks and states are compared by code points", arguments: lookAlikes)
    func keys(left: String, right: String) async throws {
        let store = IdentifiableMemoryPersistence<Item>()
        try await store.createMany(.empty, [Item(id: left, owner: "1"), Item(id: right, owner: "2")])
        #expect(store.getOneById(.empty, left)?.owner == "1")
        #expect(store.getOneById(.empty, right)?.owner == "2")
        try await store.set(.empty, Item(id: right, owner: "3"))
        #expect(store.getOneById(.empty, left)?.owner == "1")

        let cache = try await assemble(MemoryCache())
        cache.store(.empty, left, "1", timeout: .seconds(60))
        #expect(try cache.retrieve(.empty, right, as: String.self) == nil)
        #expect(try cache.retrieve(.empty, left, as: String.self) == "1")

        let lock = try await assemble(MemoryLock())
        #expect(lock.tryAcquire(.empty, left, ttl: .seconds(60)) != nil)
        #expect(lock.tryAcquire(.empty, right, ttl: .seconds(60)) != nil)
        #expect(lock.tryAcquire(.empty, left, ttl: .seconds(60)) == nil)

        let credentials = MemoryCredentialStore()
        credentials.store(.empty, left, CredentialParams(["username": "ann"]))
        #expect(credentials.lookup(.empty, right) == nil)
    }

    @Test("Names of JSON members, parameters and filters are compared by code points", arguments: lookAlikes)
    func names(left: String, right: String) throws {
        let quoted = [left, right].map { JSONConverter.toJSON(.string($0)) }
        let value = try JSONConverter.fromJSON("{\(quoted[0]):1,\(quoted[1]):2}")
        #expect(value.map?.count == 2)
        #expect(value[left] == 1)
        #expect(value[right] == 2)
        var map: StringValueMap = [left: "1"]
        map[right] = "2"
        #expect(map.count == 2)
        let query = RestQuery(
            [left, right].map { PercentCoding.encode($0) + "=" + PercentCoding.encode($0) }
                .joined(separator: "&"))
        #expect(query[left]?.isSame(as: left) == true)
        #expect(query[right]?.isSame(as: right) == true)
    }

    @Test("Roles are compared by code points") func roles() {
        let user = RestUser(id: "1", roles: ["\u{212A}eeper", "e\u{301}"])
        #expect(!user.has(["Keeper", "\u{E9}"]))
        #expect(user.has(["x", "\u{212A}eeper"]))
        #expect(!user.has([]))
    }

    @Test("A character that looks like a separator does not separate") func separators() {
        let filter = FilterParams(parsing: "name=a\u{37E}owner=bob")
        #expect(filter["name"]?.isSame(as: "a\u{37E}owner=bob") == true)
        #expect(filter["owner"] == nil)
        #expect(FilterParams(parsing: "site_id=\u{301}1;kind=a")["site_id"]?.isSame(as: "\u{301}1") == true)
        #expect(RestQuery("a=1&\u{301}b=2").parameters.count == 2)
        #expect(TagsProcessor.normalizeTagList("a,\u{301}b").count == 2)
    }
}
