import PipServices
import PipServicesTesting
import Testing

@Suite struct IdentifiableMemoryPersistenceTests {
    struct Item: StringIdentifiable, Codable, Equatable {
        var id = ""
        var key: String
    }

    private func store(_ count: Int = 3, _ config: ConfigParams = [:]) async throws -> IdentifiableMemoryPersistence<
        Item
    > {
        let store = try await assemble(IdentifiableMemoryPersistence<Item>(), config: config)
        for index in 1...count { try await store.create(.empty, Item(id: "\(index)", key: "K\(index % 2)")) }
        return store
    }

    @Test func itemsAreCreatedReadChangedAndDeleted() async throws {
        let store = try await store()
        #expect(store.getOneById(.empty, "2") == Item(id: "2", key: "K0"))
        #expect(store.getListByIds(.empty, ["3", "9", "1"]).map(\.id) == ["3", "1"])
        try await store.update(.empty, Item(id: "2", key: "new"))
        #expect(store.getOneById(.empty, "2")?.key == "new")
        let updated = try await store.updatePartially(.empty, "3", ["key": "part"])
        #expect(updated?.key == "part")
        try await store.deleteById(.empty, "1")
        #expect(store.getList(.empty).map(\.id) == ["2", "3"])
        try await store.clear(.empty)
        #expect(store.getCount(.empty) == 0)
    }

    @Test func anItemKeepsAnIdWhenItIsChanged() async throws {
        let store = try await store(3)
        for data: AnyValueMap in [["id": ""], ["id": "", "key": "x"]] {
            let error = await #expect(throws: ApplicationError.self) {
                try await store.updatePartially(.empty, "3", data)
            }
            #expect(error?.code == "NO_ID")
            #expect(error?.category == .badRequest)
        }
        #expect(store.getList(.empty).map(\.id) == ["1", "2", "3"])
    }

    @Test func pagesAreCutAndCounted() async throws {
        let store = try await store(10)
        let page = store.getPage(.empty, paging: PagingParams(skip: 8, take: 5, total: true))
        #expect(page.data.map(\.id) == ["9", "10"])
        #expect(page.total == 10)
        #expect(store.getPage(.empty, paging: PagingParams(skip: .max, take: .max)).data.isEmpty)
    }

    @Test func aPageIsNeverLargerThanTheSettingSays() async throws {
        let store = try await store(10, ["options.max_page_size": "4"])
        #expect(store.getPage(.empty).data.count == 4)
        #expect(store.getPage(.empty, paging: PagingParams(take: 1000)).data.count == 4)
    }

    @Test func concurrentChangesAreNotLost() async throws {
        let store = try await store(1)
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for index in 0..<200 { _ = try? await store.create(.empty, Item(id: "\(task)-\(index)", key: "c")) }
                }
            }
        }
        #expect(store.getCount(.empty, where: Field("key", \.key) == "c") == 1600)
    }
}
