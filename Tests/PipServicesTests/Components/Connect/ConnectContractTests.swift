import PipServices
import PipServicesTesting
import Testing

@Suite struct ConnectContractTests {
    @Test(arguments: DiscoveryContract().cases)
    func discovery(_ contractCase: ContractCase<any Discovery>) async throws {
        try await contractCase.run { MemoryDiscovery() }
    }

    @Test(arguments: DiscoveryContract().cases)
    func discoveryThatIsConfigured(_ contractCase: ContractCase<any Discovery>) async throws {
        try await contractCase.run { try await assemble(MemoryDiscovery(), config: ["other.host": "h"]) }
    }

    @Test(arguments: CredentialStoreContract().cases)
    func credentialStore(_ contractCase: ContractCase<any CredentialStore>) async throws {
        try await contractCase.run { MemoryCredentialStore() }
    }

    @Test(arguments: CredentialStoreContract().cases)
    func credentialStoreThatIsConfigured(_ contractCase: ContractCase<any CredentialStore>) async throws {
        try await contractCase.run { try await assemble(MemoryCredentialStore(), config: ["other.username": "u"]) }
    }
}
