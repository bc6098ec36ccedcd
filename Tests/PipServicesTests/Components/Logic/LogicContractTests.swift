import PipServicesTesting
import Testing

@testable import PipServices

/// The contracts on every implementation that needs no server.
@Suite struct LogicContractTests {
    /// A named factory of an implementation.
    struct Maker<Subject: Sendable>: Sendable, CustomStringConvertible {
        let description: String
        let make: @Sendable (VirtualClock) async throws -> Subject

        /// Creates an implementation with a virtual clock.
        init<C: Component>(
            _ description: String, config: ConfigParams = [:], _ create: @escaping @Sendable () -> C,
            as convert: @escaping @Sendable (C) -> Subject
        ) {
            self.description = description
            make = { clock in
                convert(
                    try await assemble(
                        create(), config: config, references: ["test:clock:virtual:default:1.0": clock]))
            }
        }
    }

    static let caches = [
        Maker("memory", { MemoryCache() }, as: { $0 as any Cache }),
        Maker("on a connector", { KeyValueCache(MemoryKeyValueConnector()) }, as: { $0 as any Cache }),
    ]
    static let locks = [
        Maker("memory", { MemoryLock() }, as: { $0 as any Lock }),
        Maker("on a connector", { KeyValueLock(MemoryKeyValueConnector()) }, as: { $0 as any Lock }),
        Maker(
            "on a connector, numbered", config: ["options.fencing": "true"],
            { KeyValueLock(MemoryKeyValueConnector()) }, as: { $0 as any Lock }),
    ]
    static let stores = [
        Maker("memory", { MemoryStateStore() }, as: { $0 as any StateStore }),
        Maker("on a connector", { KeyValueStateStore(MemoryKeyValueConnector()) }, as: { $0 as any StateStore }),
    ]

    @Test(arguments: CacheContract().cases, caches)
    func cache(_ contractCase: ContractCase<any Cache>, _ maker: Maker<any Cache>) async throws {
        let clock = VirtualClock()
        try await contractCase.run(time: .virtual(clock)) { try await maker.make(clock) }
    }

    @Test(arguments: LockContract().cases, locks)
    func lock(_ contractCase: ContractCase<any Lock>, _ maker: Maker<any Lock>) async throws {
        let clock = VirtualClock()
        try await contractCase.run(time: .virtual(clock)) { try await maker.make(clock) }
    }

    @Test(arguments: StateStoreContract().cases, stores)
    func stateStore(_ contractCase: ContractCase<any StateStore>, _ maker: Maker<any StateStore>) async throws {
        let clock = VirtualClock()
        try await contractCase.run(time: .virtual(clock)) { try await maker.make(clock) }
    }

    @Test(arguments: KeyValueContract().cases)
    func keyValue(_ contractCase: ContractCase<any KeyValueConnector>) async throws {
        let clock = VirtualClock()
        try await contractCase.run(time: .virtual(clock)) {
            try await assemble(
                MemoryKeyValueConnector(), references: ["test:clock:virtual:default:1.0": clock])
        }
    }

    /// A case marked wrongly is retried on real servers, which hides intermittent defects.
    @Test func aCaseThatLetsTimePassSaysSo() async throws {
        for contractCase in KeyValueContract().cases {
            let clock = VirtualClock()
            try await contractCase.run(time: .virtual(clock)) {
                try await assemble(
                    MemoryKeyValueConnector(), references: ["test:clock:virtual:default:1.0": clock])
            }
            #expect(contractCase.passesTime == (clock.uptime > .zero), "\(contractCase)")
        }
        for contractCase in CacheContract().cases {
            let clock = VirtualClock()
            try await contractCase.run(time: .virtual(clock)) {
                try await assemble(MemoryCache(), references: ["test:clock:virtual:default:1.0": clock])
            }
            #expect(contractCase.passesTime == (clock.uptime > .zero), "\(contractCase)")
        }
        // In the other cases, time flows automatically while somebody waits for a lock.
        let names = LockContract().cases.filter(\.passesTime).map(\.name)
        #expect(names.count == 4 && !names.contains("two tasks never hold a lock at the same time"), "\(names)")
    }

    @Test func whatKeepsNothing() async throws {
        try await CacheContract(keepsValues: false).run { NullCache() }
        try await LockContract(excludes: false).run { NullLock() }
        try await StateStoreContract(keepsStates: false).run { NullStateStore() }
        #expect(try await NullStateStore().loadBulk(.empty, ["a", "b"]).isEmpty)
    }

    @Test func aPlainCallTellsAllThatFailed() async throws {
        let clock = VirtualClock()
        let failure = await #expect(throws: ContractFailure.self) {
            try await CacheContract().run(time: .virtual(clock)) { NullCache() }
        }
        let failed = Set((failure?.failures ?? []).map(\.contractCase))
        #expect(failed.contains("typed values are returned unchanged"))
        #expect(failed.contains("keys are case-sensitive and compared as a whole") == false)
        #expect(failed.count > 5)
        #expect(failure?.description.contains("typed values are returned unchanged: retrieve: expected ") ?? false)
        await #expect(throws: ContractFailure.self) {
            try await LockContract().run(time: .virtual(clock)) {
                try await assemble(NullLock(), references: ["test:clock:virtual:default:1.0": clock])
            }
        }
        await #expect(throws: ContractFailure.self) {
            try await StateStoreContract().run(time: .virtual(clock)) { NullStateStore() }
        }
    }
}
