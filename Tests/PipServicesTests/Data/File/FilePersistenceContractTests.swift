import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// The contract of persistence on files. Cases run one at a time, because each has files and a thread.
@Suite(.serialized) final class FilePersistenceContractTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "pip-files-\(UUID().uuidString)")

    deinit { try? FileManager.default.removeItem(at: folder) }

    private static func open<Item>(_ store: IdentifiableFilePersistence<Item>) async throws
        -> IdentifiableFilePersistence<
            Item
        >
    {
        try await assemble(store)
        try await store.open(.empty)
        return store
    }

    private var path: String { folder.appending(path: "\(UUID().uuidString).json").path }

    @Test(arguments: PersistenceContract().cases)
    func persistence(_ contractCase: ContractCase<any IdentifiablePersistence<PersistenceItem>>) async throws {
        let path = path
        try await contractCase.run {
            try await Self.open(IdentifiableFilePersistence(path: path, indexes: PersistenceContractTests.indexes))
        }
    }

    @Test(arguments: VersionedPersistenceContract().cases)
    func versioned(_ contractCase: ContractCase<any IdentifiablePersistence<VersionedPersistenceItem>>) async throws {
        let path = path
        try await contractCase.run { try await Self.open(IdentifiableFilePersistence(path: path)) }
    }
}
