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
        for index in 1...count { try store.create(.empty, Item(id: "\(index)", key: "K\(index % 2)")) }
        return store
    }

    @Test func itemsAreCreatedReadChangedAndDeleted() async throws {
        let store = try await store()
        #expect(store.getOneById(.empty, "2") == Item(id: "2", key: "K0"))
        #expect(store.getOneById(.empty, "9") == nil)
        #expect(store.getListByIds(.empty, ["3", "9", "1"]).map(\.id) == ["3", "1"])
        #expect(store.update(.empty, Item(id: "2", key: "new"))?.key == "new")
        #expect(store.update(.empty, Item(id: "9", key: "new")) == nil)
        #expect(store.set(.empty, Item(id: "9", key: "set")).id == "9")
        #expect(try store.updatePartially(.empty, "9", ["key": "part"])?.key == "part")
        #expect(try store.updatePartially(.empty, "8", ["key": "part"]) == nil)
        #expect(throws: ApplicationError.self) { try store.updatePartially(.empty, "9", ["key": 5]) }
        #expect(store.deleteById(.empty, "9")?.key == "part")
        #expect(store.deleteById(.empty, "9") == nil)
        store.deleteByIds(.empty, ["1", "7"])
        #expect(store.getList(.empty).map(\.id) == ["2", "3"])
        try await store.clear(.empty)
        #expect(store.getCount(.empty) == 0)
    }

    @Test func anEmptyIdIsReplacedAndATakenOneRefused() async throws {
        let store = try await store()
        #expect(try store.create(.empty, Item(key: "x")).id.count == 32)
        let error = #expect(throws: ApplicationError.self) { try store.create(.empty, Item(id: "1", key: "y")) }
        #expect(error?.category == .conflict)
        #expect(store.getOneById(.empty, "1")?.key == "K1")
    }

    @Test func pagesAreCutAndCounted() async throws {
        let store = try await store(10)
        let page = store.getPage(.empty, paging: PagingParams(skip: 8, take: 5, total: true))
        #expect(page.data.map(\.id) == ["9", "10"])
        #expect(page.total == 10)
        #expect(store.getPage(.empty, paging: PagingParams(take: 2)).total == nil)
        #expect(store.getPage(.empty, paging: PagingParams(skip: -5, take: -5)).data.isEmpty)
        #expect(store.getPage(.empty, paging: PagingParams(skip: .max, take: .max)).data.isEmpty)
        let filtered = store.getPage(
            .empty, where: { $0.key == "K1" }, paging: PagingParams(total: true), sortedBy: { $0.id > $1.id })
        #expect(filtered.data.map(\.id) == ["9", "7", "5", "3", "1"])
        #expect(filtered.total == 5)
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
                    for index in 0..<200 { _ = try? store.create(.empty, Item(id: "\(task)-\(index)", key: "c")) }
                }
            }
        }
        #expect(store.getCount(.empty, where: { $0.key == "c" }) == 1600)
    }
}
