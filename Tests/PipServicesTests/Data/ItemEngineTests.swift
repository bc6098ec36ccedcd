import FoundationEssentials
import PipServicesTesting
import Testing

@testable import PipServices

@Suite struct ItemEngineTests {
    typealias Store = IdentifiableMemoryPersistence<PersistenceItem>

    private func store(_ storage: RecordingStorage) async throws -> Store {
        let store = Store(storage: storage)
        try await assemble(store)
        try await store.open(.empty)
        return store
    }

    @Test func whatIsStoredIsThereAfterReopening() async throws {
        let storage = RecordingStorage()
        let first = try await store(storage)
        try await first.createMany(.empty, (0..<5).map { PersistenceItem(id: "\($0)", key: "k") })
        try await first.deleteById(.empty, "2")
        try await first.update(.empty, PersistenceItem(id: "1", key: "new"))
        try await first.close(.empty)
        await #expect(throws: ApplicationError.self) { try await first.create(.empty, PersistenceItem(key: "x")) }
        let second = try await store(storage)
        #expect(second.getList(.empty) == first.getList(.empty))
        #expect(second.getList(.empty).map(\.id) == ["0", "1", "3", "4"])
    }

    @Test func whatCouldNotBeStoredHasNotHappened() async throws {
        let storage = RecordingStorage()
        let store = try await store(storage)
        try await store.create(.empty, PersistenceItem(id: "1", key: "k"))
        storage.state.withLock { $0.fails = true }
        await #expect(throws: ApplicationError.self) {
            try await store.create(.empty, PersistenceItem(id: "2", key: "k"))
        }
        await #expect(throws: ApplicationError.self) { try await store.clear(.empty) }
        #expect(store.getList(.empty).map(\.id) == ["1"])
        storage.state.withLock { $0.fails = false }
        try await store.create(.empty, PersistenceItem(id: "2", key: "k"))
        #expect(store.getCount(.empty) == 2)
    }

    @Test("A change that fails midway has no effect") func failedChangeIsUndone() async throws {
        let storage = RecordingStorage()
        let store = try await store(storage)
        try await store.create(.empty, PersistenceItem(id: "1", key: "k"))
        await #expect(throws: ApplicationError.self) {
            try await store.createMany(
                .empty, [PersistenceItem(id: "2", key: "k"), PersistenceItem(id: "1", key: "k")])
        }
        #expect(store.getList(.empty).map(\.id) == ["1"])
        // The next change starts from the state before the failed one.
        try await store.create(.empty, PersistenceItem(id: "3", key: "k"))
        #expect(store.getList(.empty).map(\.id) == ["1", "3"])
    }

    @Test("An index by list elements finds the new item after an update that kept the list")
    func listIndexFollowsUpdates() async throws {
        struct Tagged: StringIdentifiable, Codable, Hashable {
            var id: String
            var tags: [String]
            var number: Int
        }
        let tags = Field("tags", \Tagged.tags)
        let store = IdentifiableMemoryPersistence<Tagged>(indexes: [.hash(tags), .ordered(tags)])
        try await assemble(store)
        try await store.create(.empty, Tagged(id: "1", tags: ["a", "b"], number: 1))
        try await store.update(.empty, Tagged(id: "1", tags: ["a", "b"], number: 2))
        #expect(store.getList(.empty, where: tags.includes("a")).map(\.number) == [2])
        try await store.deleteById(.empty, "1")
        #expect(store.getList(.empty, where: tags.includes("b")).isEmpty)
    }

    @Test func changesThatArriveTogetherAreStoredTogether() async throws {
        let storage = RecordingStorage()
        let store = try await store(storage)
        storage.state.withLock { $0.isHeld = true }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for id in 0..<200 {
                group.addTask { try await store.create(.empty, PersistenceItem(id: "\(id)", key: "k")) }
            }
            // The first change is being stored, and all others wait for it.
            try await waitUntil { storage.state.withLock { $0.heldChanges } + store.engine.waitingCount == 200 }
            let seen = store.getCount(.empty)
            #expect(seen == 0)
            storage.state.withLock { $0.isHeld = false }
            try await group.waitForAll()
        }
        #expect(storage.state.withLock { $0.items.count } == 200)
        #expect(storage.state.withLock { $0.batches } <= 2)
    }

    /// The storage rejects writes of a cancelled task, which therefore must not write for others.
    @Test func aCancelledTaskHarmsNobody() async throws {
        let storage = RecordingStorage()
        let store = try await store(storage)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for id in 0..<100 {
                group.addTask {
                    if id.isMultiple(of: 2) { withUnsafeCurrentTask { $0?.cancel() } }
                    try await store.apply(
                        .empty, ["a", "b"].map { .create(PersistenceItem(id: "\(id)\($0)", key: "k")) })
                }
            }
            try await group.waitForAll()
        }
        #expect(store.getCount(.empty) == 200)
        #expect(storage.state.withLock { $0.items.count } == 200)
    }

    /// A storage that records which task writes.
    private final class TaskNotingStorage: ItemStorage {
        @TaskLocal static var operation: String?
        let writers = Locked<[(operation: String?, priority: TaskPriority?)]>([])

        func load(
            _ context: Context, key: @Sendable (AnyValue, Int) throws -> AnyValue
        ) async throws -> StoredItems { StoredItems() }

        func append(_ context: Context, _ changes: [ItemChange]) async throws {
            let writer = (operation: Self.operation, priority: Task.basePriority)
            writers.withLock { $0.append(writer) }
        }

        func close(_ context: Context) async throws {}
    }

    @Test("Storing changes does not inherit the priority or the task-local values of the first caller")
    func storingBelongsToNoCaller() async throws {
        let storage = TaskNotingStorage()
        let store = try await assemble(Store(storage: storage))
        try await store.open(.empty)
        try await Task(priority: .background) {
            try await TaskNotingStorage.$operation.withValue("first") {
                _ = try await store.create(.empty, PersistenceItem(id: "1", key: "k"))
            }
        }.value
        let writers = storage.writers.withLock { $0.map { ($0.operation, $0.priority) } }
        #expect(writers.count == 1)
        #expect(writers.first?.0 == nil)
        #expect(writers.first?.1 == .high)
    }

    /// The time window for a late change is short, so this test can't find every such defect.
    @Test("A change that races with close is stored before the storage closes, or rejected")
    func changesThatRaceClose() async throws {
        for _ in 0..<200 {
            let storage = RecordingStorage()
            let store = try await store(storage)
            let created = await withTaskGroup(of: Int.self) { group in
                for task in 0..<4 {
                    group.addTask {
                        var count = 0
                        func item() -> PersistenceItem { PersistenceItem(id: "\(task).\(count)", key: "k") }
                        while (try? await store.create(.empty, item())) != nil { count += 1 }
                        return count
                    }
                }
                group.addTask {
                    try? await store.close(.empty)
                    return 0
                }
                return await group.reduce(0, +)
            }
            let (stored, late) = storage.state.withLock { ($0.items.count, $0.lateBatches) }
            #expect(stored == created)
            #expect(late == 0)
        }
    }

    @Test func messagesAreStoredWithTheirChangesOrNotAtAll() async throws {
        let storage = RecordingStorage()
        let store = try await store(storage)
        func message(_ id: String) -> OutboxMessage {
            OutboxMessage(
                id: id, destination: "q", type: "t", payload: ["a": 1], time: Date(timeIntervalSince1970: 0))
        }
        let item = PersistenceItem(id: "1", key: "k")
        try await store.apply(.empty, [.create(item)], messages: [message("m1"), message("m2")])
        await #expect(throws: ApplicationError.self) {
            try await store.apply(.empty, [.delete("1"), .create(item), .create(item)], messages: [message("m3")])
        }
        #expect(store.getCount(.empty) == 1)
        #expect(store.getUnsent(.empty, 10).map(\.id) == ["m1", "m2"])
        #expect(store.getUnsent(.empty, 1).map(\.id) == ["m1"])
        #expect(store.getUnsent(.empty, -1).isEmpty)
        // A pending message is unchanged, also after a restart.
        var changed = message("m2")
        changed.type = "another"
        try await store.apply(.empty, [], messages: [changed])
        #expect(storage.state.withLock { $0.messages.count } == 2)
        try await store.markSent(.empty, ["m1", "none"])
        try await store.close(.empty)
        let again = try await self.store(storage)
        #expect(again.getUnsent(.empty, 10).map(\.id) == ["m2"])
    }

    @Test("What changes nothing is not stored") func unchangedIsNotStored() async throws {
        let storage = RecordingStorage()
        let store = try await store(storage)
        let message = OutboxMessage(
            id: "m1", destination: "q", type: "t", payload: ["a": 1], time: Date(timeIntervalSince1970: 0))
        try await store.apply(.empty, [.create(PersistenceItem(id: "1", key: "k"))], messages: [message])
        let batches = storage.state.withLock { $0.batches }
        try await store.markSent(.empty, ["none"])
        try await store.deleteById(.empty, "none")
        try await store.apply(.empty, [], messages: [message])
        #expect(storage.state.withLock { $0.batches } == batches)
        try await store.markSent(.empty, ["m1"])
        #expect(storage.state.withLock { $0.batches } == batches + 1)
        try await store.close(.empty)
    }

    @Test func itemsWithoutIdsKeepTheirOrder() async throws {
        let storage = RecordingStorage()
        let store = MemoryPersistence<String>(storage: storage)
        try await assemble(store)
        try await store.open(.empty)
        try await store.createMany(.empty, ["a", "b", "a", "c"])
        let isA = Filter<String>(.compare(path: "nothing", .equal, .null))
        #expect(store.getCount(.empty, where: isA) == 4)
        #expect(try await store.deleteByFilter(.empty, Field("self", { (text: String) in text }) == "a") == 2)
        try await store.create(.empty, "d")
        try await store.close(.empty)
        try await store.open(.empty)
        #expect(store.getList(.empty) == ["b", "c", "d"])
        #expect(store.getPage(.empty, paging: PagingParams(skip: 1, take: 1)).data == ["c"])
    }
}

@Suite struct SortedTreeTests {
    @Test func aTreeIsLikeASortedArray() {
        let random = SeededRandom(seed: 5)
        var tree = SortedTree<Int, Int>()
        var model: [Int: Int] = [:]
        // Counted, because so many expectations would occupy a thread of the cooperative pool for long.
        var mistakes = 0
        for step in 0..<20_000 {
            let key = random.next(in: 0..<2000)
            if random.next(in: 0..<3) == 0 {
                if tree.remove(key) != (model.removeValue(forKey: key) != nil) { mistakes += 1 }
            } else {
                tree.set(key, step)
                model[key] = step
            }
        }
        let keys = model.keys.sorted()
        #expect(tree.count == keys.count)
        for key in 0..<2000 {
            if tree[key] != model[key] { mistakes += 1 }
            if tree.rank(key) != keys.firstIndex(where: { $0 >= key }) ?? keys.count { mistakes += 1 }
        }
        #expect(mistakes == 0)
        for _ in 0..<200 {
            let (a, b) = (random.next(in: 0..<keys.count), random.next(in: 0..<keys.count))
            for descending in [false, true] {
                var seen: [Int] = []
                tree.visit(min(a, b)..<max(a, b), descending: descending) { key, _ in
                    seen.append(key)
                    return true
                }
                let expected = Array(keys[min(a, b)..<max(a, b)])
                #expect(seen == (descending ? expected.reversed() : expected))
            }
        }
        for key in keys { tree.remove(key) }
        #expect(tree.isEmpty)
    }

    @Test func aCopyStaysAsItWas() {
        var tree = SortedTree<Int, Int>()
        for key in 0..<1000 { tree.set(key, key) }
        let copy = tree
        for key in 0..<1000 { if key.isMultiple(of: 2) { tree.remove(key) } else { tree.set(key, -1) } }
        #expect(copy.count == 1000)
        #expect((0..<1000).allSatisfy { copy[$0] == $0 })
    }
}
