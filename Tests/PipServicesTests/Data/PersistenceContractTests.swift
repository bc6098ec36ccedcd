import PipServicesTesting
import Testing

@testable import PipServices

/// The contract on every persistence that needs no server.
@Suite struct PersistenceContractTests {
    static let indexes: [ItemIndex<PersistenceItem>] = [
        .hash(PersistenceItem.keyField), .ordered(PersistenceItem.nameField), .ordered(PersistenceItem.numberField),
        .ordered(PersistenceItem.amountField), .ordered(PersistenceItem.timeField), .ordered(PersistenceItem.tagsField),
        .hash(PersistenceItem.cityField), .ordered(PersistenceItem.activeField),
    ]

    enum Kind: String, CaseIterable { case plain, indexed, stored }

    static func make(_ kind: Kind) async throws -> IdentifiableMemoryPersistence<PersistenceItem> {
        let store = IdentifiableMemoryPersistence<PersistenceItem>(
            indexes: kind == .plain ? [] : indexes, storage: kind == .stored ? RecordingStorage() : nil)
        try await assemble(store)
        try await store.open(.empty)
        return store
    }

    @Test func thereAreEnoughCases() {
        let names = PersistenceContract().cases.map(\.name)
        #expect(names.count >= 200)
        #expect(Set(names).count == names.count)
    }

    @Test(arguments: PersistenceContract().cases, Kind.allCases)
    func persistence(
        _ contractCase: ContractCase<any IdentifiablePersistence<PersistenceItem>>, _ kind: Kind
    ) async throws { try await contractCase.run { try await Self.make(kind) } }

    @Test(arguments: VersionedPersistenceContract().cases)
    func versioned(_ contractCase: ContractCase<any IdentifiablePersistence<VersionedPersistenceItem>>) async throws {
        try await contractCase.run { try await assemble(IdentifiableMemoryPersistence<VersionedPersistenceItem>()) }
    }
}

/// A storage that keeps its content in memory.
final class RecordingStorage: ItemStorage {
    struct State {
        var items: [StoredItems.Entry] = []
        var messages: [OutboxMessage] = []
        var batches = 0
        var isOpen = false
        /// The number of batches after the storage was closed.
        var lateBatches = 0
        var fails = false
        /// True to delay all writes.
        var isHeld = false
        /// The number of delayed changes, which is one batch.
        var heldChanges = 0
    }

    let state = Locked(State())

    func load(
        _ context: Context, key: @Sendable (AnyValue, Int) throws -> AnyValue
    ) async throws -> StoredItems {
        state.withLock { state in
            state.isOpen = true
            return StoredItems(items: state.items, messages: state.messages)
        }
    }

    func append(_ context: Context, _ changes: [ItemChange]) async throws {
        await Task.yield()
        try Task.checkCancellation()
        let isHeld = state.withLock { state in
            if !state.isOpen { state.lateBatches += 1 }
            if state.isHeld { state.heldChanges = changes.count }
            return state.isHeld
        }
        if isHeld { try await waitUntil { state.withLock { !$0.isHeld } } }
        let fails = state.withLock { state in
            guard !state.fails else { return true }
            state.batches += 1
            for change in changes {
                switch change {
                case .put(let key, let item):
                    if let index = state.items.firstIndex(where: { $0.key == key }) {
                        state.items[index].item = item
                    } else {
                        state.items.append(StoredItems.Entry(key: key, item: item))
                    }
                case .delete(let key): state.items.removeAll { $0.key == key }
                case .clear: state.items = []
                case .enqueue(let message): state.messages.append(message)
                case .dequeue(let id): state.messages.removeAll { $0.id == id }
                }
            }
            return false
        }
        if fails { throw ApplicationError.file(code: "WRITE_FAILED", "no room") }
    }

    func close(_ context: Context) async throws { state.withLock { $0.isOpen = false } }
}
