import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// Changes and their messages are stored together, in every kind of store.
@Suite final class OutboxTests {
    enum Kind: String, CaseIterable {
        /// In memory only.
        case memory
        /// In memory and in a storage.
        case storage
        /// In memory and in a file.
        case file
    }

    typealias Item = VersionedPersistenceItem

    /// The operations of any engine.
    private struct Store {
        let items: any IdentifiablePersistence<Item>
        let outbox: any Outbox
        let apply: @Sendable ([PersistenceChange<Item>], [OutboxMessage]) async throws -> [Item?]
        let close: @Sendable () async throws -> Void

        func contents() async throws -> [Item] {
            try await items.getList(.empty, where: .all, sortedBy: .stored)
        }

        func waiting() async throws -> [String] { try await outbox.getUnsent(.empty, 10).map(\.id) }
    }

    private let folder = FileManager.default.temporaryDirectory.appending(path: "pip-files-\(UUID().uuidString)")
    private let storage = RecordingStorage()

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// Opens a store on the data of the previous one.
    private func open(_ kind: Kind) async throws -> Store {
        switch kind {
        case .memory, .storage:
            let engine = IdentifiableMemoryPersistence<Item>(storage: kind == .storage ? storage : nil)
            try await assemble(engine)
            try await engine.open(.empty)
            return Store(
                items: engine, outbox: engine, apply: { try await engine.apply(.empty, $0, messages: $1) },
                close: { try await engine.close(.empty) })
        case .file:
            let engine = IdentifiableFilePersistence<Item>(path: folder.appending(path: "items.json").path)
            try await assemble(engine)
            try await engine.open(.empty)
            return Store(
                items: engine, outbox: engine, apply: { try await engine.apply(.empty, $0, messages: $1) },
                close: { try await engine.close(.empty) })
        }
    }

    private func item(_ id: String, _ key: String, version: String = "") -> Item {
        var item = Item(id: id, key: key)
        item.version = version
        return item
    }

    private func message(_ id: String) -> OutboxMessage {
        OutboxMessage(id: id, destination: "q", type: "t", payload: ["a": 1], time: Date(timeIntervalSince1970: 0))
    }

    @Test(arguments: Kind.allCases) func changesAndMessagesAreStoredTogether(kind: Kind) async throws {
        let store = try await open(kind)
        let first = try await store.apply(
            [
                .set(item("1", "a")), .update(item("1", "b", version: "1")), .create(item("2", "c")),
                .update(item("none", "d")), .delete("2"),
            ],
            [message("m1"), message("m2")])
        let expected: [Item?] = [
            item("1", "a", version: "1"), item("1", "b", version: "2"), item("2", "c", version: "1"), nil, nil,
        ]
        #expect(first == expected)
        // It replaces the item, whatever its version.
        let second = try await store.apply([.set(item("1", "e"))], [message("m3")])
        let left = item("1", "e", version: "3")
        #expect(second == [left])
        try await expect(store, [left], ["m1", "m2", "m3"])
        try await store.outbox.markSent(.empty, ["m2"])
        try await expect(store, [left], ["m1", "m3"])
        guard kind != .memory else { return }
        try await store.close()
        let again = try await open(kind)
        try await expect(again, [left], ["m1", "m3"])
        try await again.close()
    }

    @Test(arguments: Kind.allCases) func aConflictLeavesNeitherItemsNorMessages(kind: Kind) async throws {
        let store = try await open(kind)
        _ = try await store.apply([.set(item("1", "a"))], [message("m1")])
        _ = try await store.apply([.update(item("1", "b", version: "1"))], [])
        let refused: [(changes: [PersistenceChange<Item>], code: String)] = [
            ([.set(item("2", "c")), .update(item("1", "late", version: "1"))], "VERSION_CONFLICT"),
            ([.set(item("1", "c")), .update(item("1", "late", version: "2"))], "VERSION_CONFLICT"),
            ([.delete("1"), .create(item("2", "c")), .create(item("2", "d"))], "ALREADY_EXISTS"),
        ]
        let unwanted = message("m2")
        for (changes, code) in refused {
            let error = await #expect(throws: ApplicationError.self) { try await store.apply(changes, [unwanted]) }
            #expect(error?.code == code)
            try await expect(store, [item("1", "b", version: "2")], ["m1"])
        }
        guard kind != .memory else { return }
        try await store.close()
        let again = try await open(kind)
        try await expect(again, [item("1", "b", version: "2")], ["m1"])
        try await again.close()
    }

    private func expect(
        _ store: Store, _ items: [Item], _ messages: [String],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let contents = try await store.contents()
        #expect(contents == items, sourceLocation: sourceLocation)
        let waiting = try await store.waiting()
        #expect(waiting == messages, sourceLocation: sourceLocation)
    }
}
