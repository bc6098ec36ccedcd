import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// A token refers to the last item of a page. The positions of items are valid only in one store and one run of it.
@Suite final class PageTokenTests {
    typealias MemoryStore = IdentifiableMemoryPersistence<PersistenceItem>

    private let folder = FileManager.default.temporaryDirectory.appending(path: "pip-files-\(UUID().uuidString)")

    deinit { try? FileManager.default.removeItem(at: folder) }

    private static let items = (1...5).map { PersistenceItem(id: "\($0)", key: "k") }

    private func memory(_ storage: RecordingStorage? = nil) async throws -> MemoryStore {
        let store = try await assemble(MemoryStore(storage: storage))
        try await store.open(.empty)
        return store
    }

    /// Returns the ids of the page of a token, and the next token.
    private func page(
        _ store: any IdentifiablePersistence<PersistenceItem>, _ token: String? = nil
    ) async throws -> (ids: [String], token: String?) {
        let paging = TokenizedPagingParams(token: token, take: 2)
        let page = try await store.getPage(.empty, where: .all, paging: paging, sortedBy: .stored)
        return (page.data.map(\.id), page.token)
    }

    /// - Returns: the code of the error; nil if the token is accepted.
    private func refusal(
        _ store: any IdentifiablePersistence<PersistenceItem>, _ token: String?
    ) async throws -> String? {
        do {
            _ = try await page(store, token)
            return nil
        } catch let error as ApplicationError {
            return error.code
        }
    }

    @Test func aTokenOfAnotherStoreIsRefused() async throws {
        let (first, second) = (try await memory(), try await memory())
        try await first.createMany(.empty, Self.items)
        try await second.createMany(.empty, Self.items)
        let token = try await page(first).token
        let next = try await page(first, token)
        #expect(next.ids == ["3", "4"])
        let code = try await refusal(second, token)
        #expect(code == "BAD_TOKEN")
    }

    @Test func aTokenFromBeforeReopeningAStorageIsRefused() async throws {
        let store = try await memory(RecordingStorage())
        try await expectRefusalAfterReopening(
            store, { try await store.open(.empty) }, { try await store.close(.empty) })
    }

    @Test func aTokenFromBeforeReopeningAFileIsRefused() async throws {
        let path = folder.appending(path: "items.json").path
        let store = try await assemble(IdentifiableFilePersistence<PersistenceItem>(path: path))
        try await store.open(.empty)
        try await expectRefusalAfterReopening(
            store, { try await store.open(.empty) }, { try await store.close(.empty) })
        try await store.close(.empty)
    }

    @Test func aTokenOfItemsWithoutIdsIsRefusedToo() async throws {
        let storage = RecordingStorage()
        let stores = [MemoryPersistence<String>(storage: storage), MemoryPersistence<String>()]
        for store in stores {
            try await assemble(store)
            try await store.open(.empty)
            try await store.createMany(.empty, ["a", "b", "c"])
        }
        let token = try stores[0].getPage(.empty, paging: TokenizedPagingParams(take: 1)).token
        let paging = TokenizedPagingParams(token: token)
        let rest = try stores[0].getPage(.empty, paging: paging).data
        #expect(rest == ["b", "c"])
        let other = #expect(throws: ApplicationError.self) { try stores[1].getPage(.empty, paging: paging) }
        #expect(other?.code == "BAD_TOKEN")
        try await stores[0].close(.empty)
        try await stores[0].open(.empty)
        let later = #expect(throws: ApplicationError.self) { try stores[0].getPage(.empty, paging: paging) }
        #expect(later?.code == "BAD_TOKEN")
    }

    private func expectRefusalAfterReopening(
        _ store: any IdentifiablePersistence<PersistenceItem>, _ open: () async throws -> Void,
        _ close: () async throws -> Void
    ) async throws {
        try await store.createMany(.empty, Self.items)
        let token = try await page(store).token
        // Opening an open store does not start a new run.
        try await open()
        let next = try await page(store, token)
        #expect(next.ids == ["3", "4"])
        try await close()
        try await open()
        let code = try await refusal(store, token)
        #expect(code == "BAD_TOKEN")
        let again = try await page(store)
        #expect(again.ids == ["1", "2"])
    }
}
