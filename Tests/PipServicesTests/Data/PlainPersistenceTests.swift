import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// Stores of items without ids, in memory and in a file, with indexes and without.
@Suite final class PlainPersistenceTests {
    enum Kind: String, CaseIterable { case memory, file }

    private struct Note: Codable, Hashable, Sendable {
        var text: String
        var group: String
        var number: Int?

        static let textField = Field("text", \Note.text)
        static let groupField = Field("group", \Note.group)
        static let numberField = Field("number", \Note.number)
    }

    private static let indexes: [ItemIndex<Note>] = [.hash(Note.groupField), .ordered(Note.numberField)]

    /// Two are equal, because nothing prevents that without ids.
    private static let notes = [
        Note(text: "a", group: "x", number: 3), Note(text: "b", group: "y", number: nil),
        Note(text: "c", group: "x", number: 1), Note(text: "d", group: "x", number: 2),
        Note(text: "a", group: "x", number: 3),
    ]

    private let folder = FileManager.default.temporaryDirectory.appending(path: "pip-files-\(UUID().uuidString)")

    deinit { try? FileManager.default.removeItem(at: folder) }

    @Test(arguments: Kind.allCases, [true, false])
    func itemsWithoutIdsAreFoundSortedCutAndDeleted(kind: Kind, isIndexed: Bool) async throws {
        let indexes = isIndexed ? Self.indexes : []
        switch kind {
        case .memory: try await check(MemoryPersistence<Note>(indexes: indexes))
        case .file:
            let path = folder.appending(path: "notes.json").path
            try await check(FilePersistence<Note>(path: path, indexes: indexes))
            let again = FilePersistence<Note>(path: path, indexes: indexes)
            try await again.open(.empty)
            let found = again.getList(.empty, sortedBy: Note.numberField.ascending)
            #expect(found.map(\.text) == ["c", "d", "again"])
            try await again.close(.empty)
        }
    }

    /// Leaves "c", "d" and a new item.
    private func check<Store: PlainPersistence>(_ store: Store) async throws where Store.Item == Note {
        try await assemble(store, config: ["options.max_page_size": "4"])
        try await store.open(.empty)
        let message = OutboxMessage(
            id: "m", destination: "q", type: "t", payload: nil, time: Date(timeIntervalSince1970: 1))
        try await store.createMany(.empty, Self.notes, messages: [message])
        checkReading(store)
        try checkPages(store)
        checkOne(store)

        let deleted = try await store.deleteByFilter(.empty, Note.textField == "a")
        #expect(deleted == 2)
        #expect(texts(store, Note.groupField == "x", .stored) == ["c", "d"])
        #expect(texts(store, Note.numberField > 2, .stored) == [])
        try await store.clear(.empty)
        #expect(texts(store, .all, Note.numberField.descending) == [])
        #expect(store.getCount(.empty, where: Note.groupField == "x") == 0)
        #expect(store.getOne(.empty, where: .all) == nil)
        #expect(store.getOneRandom(.empty, where: .all) == nil)
        // Messages are not items.
        let waiting = try await store.getUnsent(.empty, 10)
        #expect(waiting == [message])
        try await store.markSent(.empty, ["m"])
        let added = try await store.create(.empty, Note(text: "again", group: "z", number: 9))
        #expect(added.text == "again")
        try await store.createMany(.empty, [Self.notes[2], Self.notes[3]], messages: [])
        #expect(texts(store, .all, .stored) == ["again", "c", "d"])
        #expect(texts(store, Note.groupField == "x", Note.numberField.descending) == ["d", "c"])
        try await store.close(.empty)
    }

    private func checkReading<Store: PlainPersistence>(_ store: Store) where Store.Item == Note {
        #expect(texts(store, .all, .stored) == ["a", "b", "c", "d", "a"])
        #expect(texts(store, .all, Note.numberField.ascending) == ["b", "c", "d", "a", "a"])
        #expect(texts(store, .all, Note.numberField.descending) == ["a", "a", "d", "c", "b"])
        #expect(texts(store, Note.groupField == "x", Note.numberField.ascending) == ["c", "d", "a", "a"])
        let byBoth = Note.groupField.descending.then(Note.numberField.ascending)
        #expect(texts(store, .all, byBoth) == ["b", "c", "d", "a", "a"])
        #expect(texts(store, Note.numberField.isNull, .stored) == ["b"])
        #expect(texts(store, Note.numberField >= 2, .stored) == ["a", "d", "a"])
        #expect(texts(store, Note.groupField.isIn(["x", "none"]), .stored) == ["a", "c", "d", "a"])
        #expect(store.getCount(.empty, where: Note.groupField == "x") == 4)
        #expect(store.getCount(.empty, where: .all) == 5)
    }

    private func checkPages<Store: PlainPersistence>(_ store: Store) throws where Store.Item == Note {
        let order = Note.numberField.ascending
        let page = store.getPage(
            .empty, where: Note.groupField == "x", paging: PagingParams(skip: 1, take: 2, total: true), sortedBy: order)
        #expect(page.data.map(\.text) == ["d", "a"])
        #expect(page.total == 4)
        let whole = store.getPage(.empty, where: .all, paging: PagingParams(take: 100), sortedBy: .stored)
        #expect(whole.data.count == 4)
        #expect(whole.total == nil)

        for sort in [Sort<Note>.stored, order, Note.numberField.descending, Note.groupField.ascending] {
            var found: [Note] = []
            var paging = TokenizedPagingParams(take: 2, total: true)
            // More rounds than possible pages.
            for _ in 0..<5 {
                let part = try store.getPage(.empty, where: .all, paging: paging, sortedBy: sort)
                #expect(part.total == 5)
                found += part.data
                paging.token = part.token
                if part.token == nil { break }
            }
            let all = store.getList(.empty, where: .all, sortedBy: sort)
            #expect(found == all, "\(sort.params)")
        }

        let picked = try store.getPage(
            .empty, where: .all, paging: PagingParams(take: 2), sortedBy: order, fields: ["text"])
        #expect(picked.data == [["text": "b"], ["text": "c"]])
        let entire = try store.getPage(
            .empty, where: Note.groupField == "y", paging: PagingParams(total: true), sortedBy: order, fields: [])
        #expect(entire.data == [["text": "b", "group": "y"]])
        #expect(entire.total == 1)
    }

    private func checkOne<Store: PlainPersistence>(_ store: Store) where Store.Item == Note {
        #expect(store.getOne(.empty, where: Note.groupField == "x") == Self.notes[0])
        #expect(store.getOne(.empty, where: Note.numberField == 2) == Self.notes[3])
        #expect(store.getOne(.empty, where: Note.textField == "none") == nil)
        var seen: Set<String> = []
        for _ in 0..<200 {
            if let note = store.getOneRandom(.empty, where: Note.groupField == "x") { seen.insert(note.text) }
        }
        #expect(seen == ["a", "c", "d"])
        #expect(store.getOneRandom(.empty, where: Note.groupField == "none") == nil)
    }

    private func texts<Store: PlainPersistence>(
        _ store: Store, _ filter: Filter<Note>, _ order: Sort<Note>
    ) -> [String] where Store.Item == Note {
        store.getList(.empty, where: filter, sortedBy: order).map(\.text)
    }
}

/// The common interface of ``MemoryPersistence`` and ``FilePersistence``.
private protocol PlainPersistence: Outbox, Component, Openable, Cleanable {
    associatedtype Item: Codable & Sendable

    func getPage(
        _ context: Context, where filter: Filter<Item>, paging: PagingParams, sortedBy order: Sort<Item>
    ) -> DataPage<Item>
    func getPage(
        _ context: Context, where filter: Filter<Item>, paging: PagingParams, sortedBy order: Sort<Item>,
        fields: ProjectionParams
    ) throws(ApplicationError) -> DataPage<AnyValueMap>
    func getPage(
        _ context: Context, where filter: Filter<Item>, paging: TokenizedPagingParams, sortedBy order: Sort<Item>
    ) throws(ApplicationError) -> TokenizedDataPage<Item>
    func getList(_ context: Context, where filter: Filter<Item>, sortedBy order: Sort<Item>) -> [Item]
    func getCount(_ context: Context, where filter: Filter<Item>) -> Int
    func getOne(_ context: Context, where filter: Filter<Item>) -> Item?
    func getOneRandom(_ context: Context, where filter: Filter<Item>) -> Item?
    func create(_ context: Context, _ item: Item) async throws -> Item
    func createMany(_ context: Context, _ items: [Item], messages: [OutboxMessage]) async throws
    func deleteByFilter(_ context: Context, _ filter: Filter<Item>) async throws -> Int
}

extension MemoryPersistence: PlainPersistence {}
extension FilePersistence: PlainPersistence {}
