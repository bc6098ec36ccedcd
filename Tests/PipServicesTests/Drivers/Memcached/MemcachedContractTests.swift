#if PIP_MEMCACHED
import PipServices
import PipServicesTesting
import Testing

/// The contract suites with a real memcached. Times to live are rounded up to seconds, so these take a while.
@Suite struct MemcachedContractTests {
    private static let unit = Duration.seconds(2)

    @Test(arguments: KeyValueContract().cases)
    func keyValue(_ contractCase: ContractCase<any KeyValueConnector>) async throws {
        try await MemcachedFixture.withConnector { connector async throws in
            try await contractCase.run(unit: Self.unit) { connector }
        }
    }

    @Test(arguments: CacheContract().cases)
    func cache(_ contractCase: ContractCase<any Cache>) async throws {
        try await MemcachedFixture.withConnection { connection async throws in
            let cache = try await MemcachedFixture.on(connection, MemcachedCache())
            try await contractCase.run(unit: Self.unit) { cache }
        }
    }

    @Test(arguments: LockContract().cases)
    func lock(_ contractCase: ContractCase<any Lock>) async throws {
        try await MemcachedFixture.withConnection { connection async throws in
            let lock = try await MemcachedFixture.on(connection, MemcachedLock(), ["options.retry_timeout": "5"])
            try await contractCase.run(unit: Self.unit) { lock }
        }
    }

    @Test(arguments: StateStoreContract().cases)
    func stateStore(_ contractCase: ContractCase<any StateStore>) async throws {
        try await MemcachedFixture.withConnection { connection async throws in
            let store = try await MemcachedFixture.on(connection, KeyValueStateStore(MemcachedConnector()))
            try await contractCase.run(unit: Self.unit) { store }
        }
    }
}
#endif
