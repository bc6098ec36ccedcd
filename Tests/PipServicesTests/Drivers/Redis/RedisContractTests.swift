#if PIP_REDIS
import PipServicesTesting
import Testing

@testable import PipServices

/// The contract suites on a real server.
@Suite struct RedisContractTests {
    private static let unit = Duration.milliseconds(500)

    @Test(arguments: KeyValueContract().cases)
    func keyValue(_ contractCase: ContractCase<any KeyValueConnector>) async throws {
        try await RedisFixture.with { connection in
            try await contractCase.run(unit: Self.unit) { connection }
        }
    }

    @Test func keyValueThroughAConnectorThatSharesTheConnection() async throws {
        try await RedisFixture.with { connection in
            let connector = try await RedisFixture.on(connection, RedisConnector())
            for contractCase in KeyValueContract().cases {
                try await contractCase.run(unit: Self.unit) { connector }
            }
        }
    }

    @Test(arguments: CacheContract().cases)
    func cache(_ contractCase: ContractCase<any Cache>) async throws {
        try await RedisFixture.with { connection in
            try await contractCase.run(unit: Self.unit) { try await RedisFixture.on(connection, RedisCache()) }
        }
    }

    @Test(arguments: LockContract().cases, [false, true])
    func lock(_ contractCase: ContractCase<any Lock>, _ hasFencing: Bool) async throws {
        try await RedisFixture.with { connection in
            try await contractCase.run(unit: Self.unit) {
                try await RedisFixture.on(
                    connection, RedisLock(),
                    ["options.retry_timeout": "10", "options.fencing": hasFencing ? "true" : "false"])
            }
        }
    }

    @Test(arguments: StateStoreContract().cases)
    func stateStore(_ contractCase: ContractCase<any StateStore>) async throws {
        try await RedisFixture.with { connection in
            try await contractCase.run(unit: Self.unit) { try await RedisFixture.on(connection, RedisStateStore()) }
        }
    }
}
#endif
