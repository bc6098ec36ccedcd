import FoundationEssentials
import PipServicesTesting
import Testing

@testable import PipServices

/// The content of a key-value store is compatible with the other editions.
@Suite struct KeyValueTests {
    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test func valuesAreJSONUnderTheirKeys() async throws {
        let connector = MemoryKeyValueConnector()
        let (cache, store) = (KeyValueCache(connector), KeyValueStateStore(connector))
        try await cache.store(.empty, "a b", ["n": 1, "t": "ü"] as AnyValue)
        #expect(connector.get(.empty, "a b") == bytes(#"{"n":1,"t":"ü"}"#))
        try await store.save(.empty, "s", Date(timeIntervalSince1970: 1.5))
        #expect(connector.get(.empty, "s") == bytes(#""1970-01-01T00:00:01.500Z""#))
        #expect(try await store.load(.empty, "s", as: Date.self) == Date(timeIntervalSince1970: 1.5))
    }

    @Test func bareTextOfThePythonEditionIsText() async throws {
        let connector = MemoryKeyValueConnector()
        let cache = KeyValueCache(connector)
        for (stored, value) in [("hello", "hello"), ("12", 12), ("", ""), ("1.5 apples", "1.5 apples")]
            as [(String, AnyValue)]
        {
            connector.set(.empty, "k", bytes(stored), ttl: nil)
            #expect(try await cache.retrieve(.empty, "k") == value)
        }
    }

    @Test(arguments: [Array("{\"a\":".utf8), Array("[1,".utf8), Array("\"abc".utf8), [0xFF, 0xFE], [0]])
    func damagedValuesAreErrorsThatQuoteNothing(_ stored: [UInt8]) async throws {
        let connector = MemoryKeyValueConnector()
        let (cache, store) = (KeyValueCache(connector), KeyValueStateStore(connector))
        connector.set(.empty, "k", stored, ttl: nil)
        let error = await #expect(throws: ApplicationError.self) {
            _ = try await cache.retrieve(Context(traceId: "t"), "k", as: [String: Int].self)
        }
        #expect(error?.code == "BAD_STORED_VALUE")
        #expect(error?.category == .invalidState)
        #expect(error?.traceId == "t")
        #expect(error?.message.contains("'k'") ?? false)
        #expect(error?.description.contains("abc") == false)
        // It can be deleted.
        await #expect(throws: ApplicationError.self) {
            _ = try await store.delete(.empty, "k", as: [String: Int].self)
        }
        #expect(connector.get(.empty, "k") == nil)
    }

    @Test(arguments: [1, 2, 3] as [UInt64]) func noBytesTrap(_ seed: UInt64) async throws {
        let (random, connector) = (SeededRandom(seed: seed), MemoryKeyValueConnector())
        let cache = KeyValueCache(connector)
        let alphabet = bytes("{}[]\":,\\u0019eE+-.tfn ") + [0, 0xC3, 0xFF]
        for _ in 0..<3000 {
            let stored = (0..<random.next(in: 0..<20)).map { _ in alphabet[random.next(in: 0..<alphabet.count)] }
            connector.set(.empty, "k", stored, ttl: nil)
            do {
                _ = try await cache.retrieve(.empty, "k")
                _ = try await cache.retrieve(.empty, "k", as: [Int].self)
            } catch let error as ApplicationError {
                #expect(error.code == "BAD_STORED_VALUE", "seed \(seed), \(stored)")
            }
        }
    }

    @Test func whatCannotBeWrittenIsTheCallersMistake() async throws {
        struct Unwritable: Codable, Sendable {
            func encode(to encoder: any Encoder) throws { throw CancellationError() }
        }
        let error = await #expect(throws: ApplicationError.self) {
            try await KeyValueCache(MemoryKeyValueConnector()).store(Context(traceId: "t"), "k", Unwritable())
        }
        #expect(error?.code == "CANNOT_ENCODE")
        #expect(error?.details["key"] == "k")
        #expect(error?.traceId == "t")
    }

    @Test func entriesExpireByTheSettingUnlessTold() async throws {
        let clock = VirtualClock()
        let references: KeyValuePairs<Locator, any Sendable> = ["test:clock:virtual:default:1.0": clock]
        let config: ConfigParams = ["options.entry_timeout": "1000"]
        let cache = try await assemble(
            KeyValueCache(MemoryKeyValueConnector()), config: config, references: references)
        let store = try await assemble(
            KeyValueStateStore(MemoryKeyValueConnector()), config: config, references: references)
        let memory = try await assemble(
            MemoryStateStore(), config: ["options.timeout": "1000"], references: references)
        try await cache.store(.empty, "a", 1)
        try await cache.store(.empty, "b", 1, timeout: .seconds(2))
        try await store.save(.empty, "a", 1)
        memory.save(.empty, "a", 1)
        clock.advance(by: .milliseconds(999))
        #expect(try await cache.retrieve(.empty, "a") == 1)
        #expect(try await store.load(.empty, "a") == 1)
        #expect(try await memory.load(.empty, "a") == 1)
        clock.advance(by: .milliseconds(1))
        #expect(try await cache.retrieve(.empty, "a") == nil)
        #expect(try await cache.retrieve(.empty, "b") == 1)
        #expect(try await store.load(.empty, "a") == nil)
        #expect(try await memory.load(.empty, "a") == nil)
        #expect(try await memory.delete(.empty, "a") == nil)
    }

    @Test func aConnectorThatIsAComponentBelongsToItsOwner() throws {
        for create in [
            { KeyValueCache(MemoryKeyValueConnector()) }, { KeyValueLock(MemoryKeyValueConnector()) },
            { KeyValueStateStore(MemoryKeyValueConnector()) },
        ] as [@Sendable () -> any Component] {
            let model = try ComponentModel.create(name: "test", create)
            #expect(model.components.count { $0 is MemoryKeyValueConnector } == 1)
            #expect(model.settings.allSatisfy { !$0.meaning.isEmpty })
            #expect(model.conflictingKeys.isEmpty)
        }
    }
}
