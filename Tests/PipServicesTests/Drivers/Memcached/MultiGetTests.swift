import Testing

@testable import PipServices

@Suite struct MultiGetTests {
    @Test("A request contains all keys in one array of bytes") func requestIsContiguous() throws {
        var options = MemcachedOptions()
        let plain = MemcachedKeyRules(options)
        let keys = ["a", "ключ", String(repeating: "x", count: 250), "a"]
        let request = try MultiGetRequest(keys, plain, .empty)
        #expect(request.keys == keys)
        #expect(request.bytes == keys.flatMap { Array($0.utf8) })
        #expect(request.lengths == [1, 8, 250, 1])
        let error = #expect(throws: ApplicationError.self) { try MultiGetRequest(["a", "b b"], plain, .empty) }
        #expect(error?.code == "BAD_KEY" && error?.details["key"] == .string("b b"))
        options.hashKeys = true
        let hashing = MemcachedKeyRules(options)
        let hashed = try MultiGetRequest(["b b", "c"], hashing, .empty)
        #expect(hashed.keys == [try hashing.keyToSend("b b", .empty), "c"])
        #expect(hashed.bytes == hashed.keys.flatMap { Array($0.utf8) } && hashed.lengths == [71, 1])
    }

    @Test(
        "Values are assigned to their keys in any order of replies",
        arguments: [
            Array(0..<200), Array((0..<200).reversed()), [150, 0, 199, 5, 5],
            // As two servers reply, each in the order of the request.
            Array(stride(from: 0, to: 200, by: 2)) + Array(stride(from: 1, to: 200, by: 2)),
        ])
    func assignsValues(order: [Int]) {
        let keys = (0..<200).map { "key\($0)" } + ["key5", "none"]
        var result = MultiGetResult(keys)
        var lookups = 0
        for number in order {
            result.add([UInt8(number)]) {
                keys[$0] == "key\(number)"
            } key: {
                lookups += 1
                return "key\(number)"
            }
        }
        #expect(result.values == KeyValues(order.map { ("key\($0)", [UInt8($0)]) }))
        #expect(!result.hasUnrequestedKey)
        if order == order.sorted() { #expect(lookups == 0, "replies in order need no lookup by name") }
        if order.count == 200, order[1] == 2 { #expect(lookups == 1, "only where the second server begins") }
    }

    @Test("A value with an unrequested key is reported and not returned") func reportsUnrequestedKey() {
        var result = MultiGetResult(["a"])
        #expect(result.values.isEmpty)
        result.add([1], matches: { _ in false }, key: { "b" })
        #expect(result.hasUnrequestedKey)
        #expect(result.values.isEmpty)
    }
}
