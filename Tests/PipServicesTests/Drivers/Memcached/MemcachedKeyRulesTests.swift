import PipServicesTesting
import Testing

@testable import PipServices

@Suite struct MemcachedKeyRulesTests {
    @Test("Keys that memcached does not accept are refused, or hashed if configured") func refusesOrHashes() throws {
        let plain = MemcachedKeyRules(MemcachedOptions())
        var options = MemcachedOptions()
        options.hashKeys = true
        let hashing = MemcachedKeyRules(options)
        for key in ["a", "ключ", "🌍", String(repeating: "x", count: 250)] {
            #expect(try plain.keyToSend(key, .empty) == key)
            #expect(try hashing.keyToSend(key, .empty) == key)
        }
        let long = String(repeating: "я", count: 126)
        for key in ["", " ", "a b", "a\r\nflush_all\r\n", "a\u{0}", "\u{7F}", "a\u{7F}b", long] {
            let error = #expect(throws: ApplicationError.self) { try plain.keyToSend(key, Context(traceId: "t")) }
            #expect(error?.code == "BAD_KEY")
            #expect(error?.category == .badRequest)
            #expect(error?.traceId == "t")
            let hash = try hashing.keyToSend(key, .empty)
            #expect(hash.count == 71)
            #expect(try hashing.keyToSend(hash, .empty) != hash, "a key is not accessible by its hash")
        }
        #expect(try hashing.keyToSend("a b", .empty) != hashing.keyToSend("a  b", .empty))
        options.maxKeySize = 1000
        #expect(throws: ApplicationError.self) {
            let rules = MemcachedKeyRules(MemcachedOptions(maxKeySize: 1000))
            return try rules.keyToSend(String(repeating: "x", count: 251), .empty)
        }
        #expect(throws: ApplicationError.self) {
            try MemcachedKeyRules(MemcachedOptions(maxKeySize: -1)).keyToSend("a", .empty)
        }
    }
}
