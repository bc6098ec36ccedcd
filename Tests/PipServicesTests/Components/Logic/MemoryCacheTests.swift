import PipServicesTesting
import Testing

@testable import PipServices

@Suite struct MemoryCacheTests {
    private func cache(_ config: ConfigParams = [:]) async throws -> (MemoryCache, VirtualClock) {
        let clock = VirtualClock()
        let cache = try await assemble(
            MemoryCache(), config: config, references: ["test:clock:virtual:default:1.0": clock])
        return (cache, clock)
    }

    /// A value that can't be encoded, to show that nothing encodes it.
    private struct Unwritable: Codable, Sendable, Equatable {
        var number: Int
        init(_ number: Int) { self.number = number }
        init(from decoder: any Decoder) throws { throw ApplicationError.internal(code: "DECODED", "decoded") }
        func encode(to encoder: any Encoder) throws { throw ApplicationError.internal(code: "ENCODED", "encoded") }
    }

    @Test func valuesAreKeptAsTheyAre() async throws {
        let (cache, _) = try await cache()
        cache.store(.empty, "a", Unwritable(1), timeout: nil)
        #expect(try cache.retrieve(.empty, "a", as: Unwritable.self) == Unwritable(1))
        let error = #expect(throws: ApplicationError.self) {
            try cache.retrieve(Context(traceId: "t"), "a", as: AnyValue.self)
        }
        #expect(error?.code == "BAD_STORED_VALUE")
        #expect(error?.traceId == "t")
        #expect(error?.details["key"] == "a")
    }

    @Test(arguments: [["options.timeout": "50"], ["timeout": "50"]] as [ConfigParams])
    func theTimeoutIsASetting(_ config: ConfigParams) async throws {
        let (cache, clock) = try await cache(config)
        try await cache.store(.empty, "a", 1)
        cache.store(.empty, "b", 1, timeout: .milliseconds(51))
        clock.advance(by: .milliseconds(50))
        #expect(try await cache.retrieve(.empty, "a") == nil)
        #expect(try await cache.retrieve(.empty, "b") == 1)
        #expect(cache.count == 1, "what has expired is dropped")
    }

    @Test func aTimeoutOfZeroIsForEver() async throws {
        let (cache, clock) = try await cache(["options.timeout": "0"])
        try await cache.store(.empty, "a", 1)
        clock.advance(by: .seconds(10_000_000_000))
        #expect(try await cache.retrieve(.empty, "a") == 1)
    }

    @Test func theDefaultIsAMinute() async throws {
        let (cache, clock) = try await cache()
        try await cache.store(.empty, "a", 1)
        clock.advance(by: .milliseconds(59_999))
        #expect(try await cache.retrieve(.empty, "a") == 1)
        clock.advance(by: .milliseconds(1))
        #expect(try await cache.retrieve(.empty, "a") == nil)
    }

    @Test func whatWouldExpireFirstMakesRoom() async throws {
        let (cache, _) = try await cache(["options.max_size": "2"])
        for (key, seconds) in [("a", 3), ("b", 1), ("c", 2)] {
            cache.store(.empty, key, seconds, timeout: .seconds(seconds))
        }
        #expect(try await cache.retrieve(.empty, "b") == nil)
        // Storing it again extends its life, so the other one is evicted.
        cache.store(.empty, "c", 4, timeout: .seconds(4))
        cache.store(.empty, "d", 5, timeout: .seconds(5))
        #expect(try await cache.retrieve(.empty, "a") == nil)
        #expect(try await cache.retrieve(.empty, "c") == 4)
        #expect(try await cache.retrieve(.empty, "d") == 5)
    }

    @Test func amongThoseThatExpireTogetherTheOldestGoes() async throws {
        let (cache, _) = try await cache(["options.max_size": "2", "options.timeout": "0"])
        for key in ["a", "b", "c"] { try await cache.store(.empty, key, 1) }
        #expect(try await cache.retrieve(.empty, "a") == nil)
        #expect(try await cache.retrieve(.empty, "b") == 1)
    }

    @Test(arguments: [-1, Int.min]) func aCacheOfLessThanNothingIsRefused(_ size: Int) async {
        let error = await #expect(throws: ApplicationError.self) {
            try await cache(["options.max_size": "\(size)"])
        }
        let expected = "'options.max_size' is '\(size)'; expected a whole number of at least 0"
        #expect(error?.message.contains(expected) == true)
    }

    @Test("A size of 0 means no limit") func zeroIsNoLimit() async throws {
        let (cache, _) = try await cache(["options.max_size": "0"])
        for number in 0..<1500 { try await cache.store(.empty, "\(number)", number) }
        #expect(cache.count == 1500)
    }

    @Test(arguments: [Duration.seconds(Int64.max), .seconds(Int64.max) * 18, .seconds(Int64.min), .nanoseconds(1)])
    func noTimeoutIsTooLong(_ timeout: Duration) async throws {
        let (cache, clock) = try await cache()
        clock.advance(by: .seconds(1_000_000_000))
        cache.store(.empty, "a", 1, timeout: timeout)
        #expect(try await cache.retrieve(.empty, "a") == 1)
    }

    @Test func optionalValuesAreStoredOrRemoved() async throws {
        let (cache, _) = try await cache()
        var value: Int? = 1
        try await cache.store(.empty, "a", value)
        #expect(try cache.retrieve(.empty, "a", as: Int.self) == 1)
        value = nil
        try await cache.store(.empty, "a", value)
        #expect(cache.count == 0)
        // The same through the protocol.
        let any: any Cache = cache
        #expect(try await any.store(.empty, "a", Optional("x"), timeout: .seconds(1)) == "x")
        #expect(try await any.store(.empty, "a", String?.none, timeout: .seconds(1)) == nil)
        #expect(try await any.retrieve(.empty, "a") == nil)
    }

    /// A value that calls a function when it is released.
    private final class Session: Codable, Sendable {
        private let onRelease: @Sendable () -> Void

        init(_ onRelease: @escaping @Sendable () -> Void) { self.onRelease = onRelease }
        init(from decoder: any Decoder) throws { throw ApplicationError.internal(code: "DECODED", "decoded") }
        func encode(to encoder: any Encoder) throws { throw ApplicationError.internal(code: "ENCODED", "encoded") }

        deinit { onRelease() }
    }

    /// The ways in which a cache releases a value.
    enum Release: CaseIterable, Sendable { case replaced, removed, evicted, readLate, writtenLate }

    @Test("A value that uses the cache when it is released does not block the cache", arguments: Release.allCases)
    func releasedValueUsesTheCache(_ release: Release) async throws {
        let (cache, clock) = try await cache(["options.max_size": "2"])
        let isReleased = Locked(false)
        // A function, so that only the cache retains the session afterwards.
        func store() {
            let session = Session {
                cache.remove(.empty, "of the session")
                isReleased.withLock { $0 = true }
            }
            cache.store(.empty, "session", session, timeout: .seconds(1))
        }
        store()
        // A deadlock must not block a thread of the cooperative pool.
        try OwnThread.start {
            switch release {
            case .replaced: cache.store(.empty, "session", 1, timeout: .seconds(9))
            case .removed: cache.remove(.empty, "session")
            case .evicted: for key in ["a", "b"] { cache.store(.empty, key, 1, timeout: .seconds(9)) }
            case .readLate:
                clock.advance(by: .seconds(2))
                _ = try? cache.retrieve(.empty, "session", as: Int.self)
            case .writtenLate:
                clock.advance(by: .seconds(2))
                cache.store(.empty, "a", 1, timeout: .seconds(9))
            }
        }
        try await waitUntil(within: .seconds(30)) { isReleased.current }
    }

    @Test func itIsWhatItsDescriptorGives() async throws {
        let yaml = """
            - descriptor: pip-services:cache:memory:default:1.0
              options: { timeout: 1000, max_size: 3 }
            - descriptor: pip-services:lock:memory:default:1.0
              options: { retry_timeout: 20 }
            - descriptor: pip-services:state-store:memory:default:1.0
            - descriptor: pip-services:cache:null:default:1.0
            - descriptor: pip-services:lock:null:default:1.0
            - descriptor: pip-services:state-store:null:default:1.0
            """
        try await withContainer(yaml: yaml) { container in
            let references = container.references
            let cache = try references.getOneRequired("*:cache:memory:*:1.0", as: (any Cache).self)
            for number in 0..<4 { try await cache.store(.empty, "\(number)", number) }
            #expect(try await cache.retrieve(.empty, "0") == nil)
            let lock = try references.getOneRequired("*:lock:memory:*:1.0", as: (any Lock).self)
            #expect(try await lock.tryAcquireLock(.empty, "k", ttl: .seconds(1)))
            let store = try references.getOneRequired("*:state-store:memory:*:1.0", as: (any StateStore).self)
            #expect(try await store.save(.empty, "k", 1) == 1)
            _ = try references.getOneRequired("*:cache:null:*:1.0", as: NullCache.self)
            _ = try references.getOneRequired("*:lock:null:*:1.0", as: NullLock.self)
            _ = try references.getOneRequired("*:state-store:null:*:1.0", as: NullStateStore.self)
        }
    }
}
