import PipServicesTesting
import Testing

@testable import PipServices

/// Keys with a prefix.
@Suite struct PrefixedKeyValueConnectorTests {
    @Test("A connector with a prefix fulfils the contract", arguments: KeyValueContract().cases)
    func contract(_ contractCase: ContractCase<any KeyValueConnector>) async throws {
        let clock = VirtualClock()
        try await contractCase.run(time: .virtual(clock)) {
            try await assemble(
                PrefixedKeyValueConnector(MemoryKeyValueConnector(), prefix: "p:"),
                references: ["test:clock:virtual:default:1.0": clock])
        }
    }

    @Test("Keys are stored with the prefix and returned without it") func keys() async throws {
        let store = MemoryKeyValueConnector()
        let connector = PrefixedKeyValueConnector(store, prefix: "p:")
        try await assemble(connector)
        try await connector.set(.empty, "a", [1], ttl: nil)
        try await connector.setMany(.empty, KeyValues([("b", [2])]), ttl: nil)
        #expect(store.get(.empty, "p:a") == [1])
        #expect(store.get(.empty, "p:b") == [2])
        #expect(try await connector.getMany(.empty, ["a", "b", "c"]) == KeyValues([("a", [1]), ("b", [2])]))
    }

    @Test("A lock with fencing rejects a key that holds the fencing token of another lock") func fencingName()
        async throws
    {
        let lock = KeyValueLock(MemoryKeyValueConnector())
        try await assemble(lock, config: ["options.fencing": "true"])
        let error = await #expect(throws: ApplicationError.self) {
            _ = try await lock.tryAcquire(.empty, "a.fencing", ttl: .seconds(1))
        }
        #expect(error?.code == "RESERVED_KEY")
        #expect(try await lock.tryAcquire(.empty, "a", ttl: .seconds(1))?.fencing == 1)
        let plain = KeyValueLock(MemoryKeyValueConnector())
        try await assemble(plain)
        #expect(try await plain.tryAcquire(.empty, "a.fencing", ttl: .seconds(1)) != nil)
    }
}
