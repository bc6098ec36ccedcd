import FoundationEssentials
import PipServicesTesting
import Testing

@testable import PipServices

/// What needs no server.
@Suite struct MemcachedPartsTests {
    @Test func timesToLiveAreRoundedUpAndASecondIsAdded() {
        let now = Date(timeIntervalSince1970: 1_800_000_000)
        func number(_ ttl: Duration?, span: Int = MemcachedExpiry.longestSpan) -> Int {
            MemcachedExpiry.number(ttl, now: now, span: span)
        }
        #expect(number(nil) == 0)
        #expect(number(.zero) == MemcachedExpiry.past)
        #expect(number(.seconds(Int64.min)) == MemcachedExpiry.past)
        #expect(number(.milliseconds(1)) == 2)
        #expect(number(.seconds(1)) == 2)
        #expect(number(.milliseconds(1001)) == 3)
        #expect(number(.seconds(2_591_999)) == 2_592_000)
        #expect(number(.seconds(2_592_000)) == 1_802_592_001, "as a date")
        #expect(number(.seconds(100), span: 10) == 1_800_000_101)
        #expect(number(.seconds(100), span: Int.min) == 1_800_000_101)
        #expect(number(.seconds(400_000_000)) == 0, "after 2038 is never")
        #expect(number(.seconds(Int64.max)) == 0)
        let epoch = MemcachedExpiry.number(.seconds(3_000_000), now: Date(timeIntervalSince1970: 0))
        #expect(epoch == MemcachedExpiry.longestSpan, "a clock that is not set")
    }

    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (String(repeating: "a", count: 1_000_0), "27dd1f61b867b6a0f6e9d8a41c43231de52107e53ae424de8f847b821db4b711"),
    ])
    func hashes(text: String, hash: String) { #expect(SHA256.hex(of: Array(text.utf8)) == hash) }

    @Test func keysAreCheckedOrHashed() throws {
        let plain = MemcachedKeys(MemcachedOptions())
        var options = MemcachedOptions()
        options.hashKeys = true
        let hashing = MemcachedKeys(options)
        for key in ["a", "ключ", "🌍", String(repeating: "x", count: 250)] {
            #expect(try plain.wire(key, .empty) == key)
            #expect(try hashing.wire(key, .empty) == key)
        }
        for key in ["", " ", "a b", "a\r\nflush_all\r\n", "a\u{0}", "\u{7F}", String(repeating: "я", count: 126)] {
            let error = #expect(throws: ApplicationError.self) { try plain.wire(key, Context(traceId: "t")) }
            #expect(error?.code == "BAD_KEY")
            #expect(error?.category == .badRequest)
            #expect(error?.traceId == "t")
            let hash = try hashing.wire(key, .empty)
            #expect(hash.count == 71)
            #expect(try hashing.wire(hash, .empty) != hash, "nobody gets at it by its hash")
        }
        #expect(try hashing.wire("a b", .empty) != hashing.wire("a  b", .empty))
        options.maxKeySize = 1000
        #expect(throws: ApplicationError.self) {
            try MemcachedKeys(MemcachedOptions(maxKeySize: 1000)).wire(String(repeating: "x", count: 251), .empty)
        }
        #expect(throws: ApplicationError.self) { try MemcachedKeys(MemcachedOptions(maxKeySize: -1)).wire("a", .empty) }
    }

    @Test func aQuestionHasItsKeysInOnePieceOfMemory() throws {
        var options = MemcachedOptions()
        let plain = MemcachedKeys(options)
        let keys = ["a", "ключ", String(repeating: "x", count: 250), "a"]
        let question = try MemcachedQuestion(keys, plain, .empty)
        #expect(question.keys == keys)
        #expect(question.bytes == keys.flatMap { Array($0.utf8) })
        #expect(question.lengths == [1, 8, 250, 1])
        let error = #expect(throws: ApplicationError.self) { try MemcachedQuestion(["a", "b b"], plain, .empty) }
        #expect(error?.code == "BAD_KEY" && error?.details["key"] == .string("b b"))
        options.hashKeys = true
        let hashing = MemcachedKeys(options)
        let hashed = try MemcachedQuestion(["b b", "c"], hashing, .empty)
        #expect(hashed.keys == [try hashing.wire("b b", .empty), "c"])
        #expect(hashed.bytes == hashed.keys.flatMap { Array($0.utf8) } && hashed.lengths == [71, 1])
    }

    /// As they come from several servers, with what nobody asked for.
    @Test func answersFindTheirKeys() {
        let keys = (0..<200).map { "key\($0)" } + ["key5", "none"]
        for order in [Array(0..<200), Array((0..<200).reversed()), [150, 0, 199, 5, 5]] {
            var answers = MemcachedAnswers(keys)
            answers.makeRoom()
            var named = 0
            for number in order {
                answers.take([UInt8(number)]) {
                    keys[$0] == "key\(number)"
                } otherwise: {
                    named += 1
                    return "key\(number)"
                }
            }
            #expect(!answers.hasStranger)
            answers.take([1], matches: { _ in false }, otherwise: { "nobody's" })
            #expect(answers.hasStranger)
            let expected = Dictionary(order.map { ("key\($0)", [UInt8($0)]) }, uniquingKeysWith: { $1 })
            #expect(answers.values == expected)
            if order.first == 0 { #expect(named == 0, "who answers in order makes no names") }
        }
        var none = MemcachedAnswers(keys)
        none.makeRoom()
        #expect(none.values.isEmpty)
    }

    @Test func serversGoAndComeBack() {
        var servers = MemcachedServers(count: 2, rules: MemcachedOptions(failures: 2, reconnect: .seconds(10)))
        servers.fail(0, epoch: 0, at: .seconds(1))
        #expect(servers.view.epoch == 1)
        #expect(servers.view.down.isEmpty)
        servers.fail(0, epoch: 0, at: .seconds(1))
        #expect(servers.view.down.isEmpty, "connections that break together count once")
        servers.fail(0, epoch: 1, at: .seconds(2))
        #expect(servers.view.down == [0])
        #expect(servers.view.members == [0, 1])
        servers.refresh(at: .seconds(11))
        #expect(servers.view.down == [0])
        servers.refresh(at: .seconds(12))
        #expect(servers.view.down.isEmpty)
        servers.fail(0, epoch: servers.view.epoch, at: .seconds(13))
        #expect(servers.view.down == [0], "one more is enough then")
        servers.refresh(at: .seconds(23))
        servers.succeed(0, epoch: servers.view.epoch)
        #expect(!servers.view.isDoubtful)
        servers.fail(0, epoch: servers.view.epoch, at: .seconds(24))
        #expect(servers.view.down.isEmpty, "a success forgives all")
        servers.fail(0, epoch: servers.view.epoch, at: .seconds(60))
        #expect(servers.view.down.isEmpty, "long ago does not count")
        servers.fail(nil, epoch: servers.view.epoch, at: .seconds(61))
        servers.fail(7, epoch: servers.view.epoch, at: .seconds(61))
        #expect(servers.view.down.isEmpty)
    }

    @Test func othersTakeOverWhereThatIsSet() {
        var servers = MemcachedServers(
            count: 2, rules: MemcachedOptions(failures: 1, reconnect: .seconds(10), remove: true))
        servers.fail(1, epoch: 0, at: .zero)
        #expect(servers.view.members == [0])
        #expect(servers.view.down.isEmpty)
        servers.fail(0, epoch: servers.view.epoch, at: .seconds(1))
        #expect(servers.view.members == [0, 1])
        #expect(servers.view.down == [0, 1], "nobody is left")
        let epoch = servers.view.epoch
        servers.refresh(at: .seconds(10))
        #expect(servers.view.members == [1])
        #expect(servers.view.epoch > epoch, "the keys move")
    }

    @Test(
        arguments: [
            (["connection.host": "a"], ["a:11211"]),
            (["connection.host": "a", "connection.port": "1"], ["a:1"]),
            (
                ["connections.1.host": "a", "connections.2.host": "::1", "connections.2.port": "2"],
                ["a:11211", "[::1]:2"]
            ),
            (["connection.uri": "memcached://a:1,b,[::1]:3"], ["a:1", "b:11211", "[::1]:3"]),
            (["connection.uri": "a:1"], ["a:1"]),
            (["connection.uri": "a"], ["a:11211"]),
            (["connections.1.uri": "tcp://a", "connections.2.host": "b"], ["a:11211", "b:11211"]),
        ] as [(ConfigParams, [String])])
    func configurations(config: ConfigParams, servers: [String]) async throws {
        let resolver = try await assemble(CompositeConnectionResolver(MemcachedComposer()), config: config)
        let options = try await resolver.resolve(.empty)
        #expect(MemcachedComposer.servers(in: options).map(\.description) == servers)
    }

    @Test(
        arguments: [
            (["connection.port": "1"], "NO_HOST"),
            (["connection.host": "a", "connection.port": "x"], "NO_PORT"),
            (["connection.host": "a", "connection.port": "65536"], "NO_PORT"),
            (["connection.uri": "memcached://a:0"], "NO_PORT"),
            (["connection.uri": "redis://a"], "UNSUPPORTED_PROTOCOL"),
            (["connection.host": "a", "connection.protocol": "http"], "UNSUPPORTED_PROTOCOL"),
            (
                ["connection.host": "a", "credential.username": "u", "credential.password": "hidden"],
                "NO_AUTHENTICATION"
            ),
            (["connection.uri": "memcached://u:hidden@a"], "NO_AUTHENTICATION"),
            ([:], "NO_CONNECTION"),
            (["connection.host": "a", "options.pool_size": "0"], "BAD_VALUE"),
        ] as [(ConfigParams, String)])
    func badConfigurations(config: ConfigParams, code: String) async throws {
        let connection = try await assemble(MemcachedConnection(), config: config)
        let error = await #expect(throws: ApplicationError.self) { try await connection.open(Context(traceId: "t")) }
        #expect(error?.code == (MemcachedConnector.driver.isCompiledIn ? code : "NOT_COMPILED_IN"))
        #expect(error.map { "\($0)" }?.contains("hidden") == false)
        #expect(!connection.isOpen)
    }

    @Test func whatIsNotOpenSaysSo() async throws {
        let connection = try await assemble(MemcachedConnection(), config: ["connection.host": "a"])
        let connector = try await assemble(
            MemcachedConnector(), references: ["pip-services:connection:memcached:default:1.0": connection])
        let error = await #expect(throws: ApplicationError.self) { try await connector.get(.empty, "k") }
        #expect(error?.code == "NOT_OPENED")
        try await connection.close(.empty)
    }
}
