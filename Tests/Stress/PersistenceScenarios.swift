import Foundation
import PipServices
import PipServicesTesting

let persistenceScenarios = [
    Scenario(name: "memory-persistence") { bound in
        let store = IdentifiableMemoryPersistence<Entry>(indexes: Entry.indexes)
        try await assemble(store)
        try await stress(store, bound) { try await store.apply(.empty, $0.map { .set($0) }) }
    },
    Scenario(name: "file-persistence") { bound in
        let folder = NSTemporaryDirectory() + "pip-stress-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = IdentifiableFilePersistence<Entry>(path: folder + "/entries.json", indexes: Entry.indexes)
        try await assemble(store)
        try await store.open(.empty)
        try await stress(store, bound) { try await store.apply(.empty, $0.map { .set($0) }) }
        let stored = store.getList(.empty)
        try await store.close(.empty)
        let again = IdentifiableFilePersistence<Entry>(path: folder + "/entries.json")
        try await assemble(again)
        try await again.open(.empty)
        try check(again.getList(.empty) == stored, "other items are loaded than were stored")
        try await again.close(.empty)
    },
    Scenario(name: "memory-documents") { bound in
        let store = MemoryDocumentConnector()
        try store.createIndex(.empty, in: "c", DocumentIndex([SortField("group")]))
        try await concurrently(6) { worker in
            var number = 0
            while bound.isOpen {
                number += 1
                if worker < 2 {
                    let id = "\(worker)-\(number % 50)"
                    let text = AnyValue.string(Entry.text(id, number))
                    try store.replace(
                        .empty, in: "c", ["id": .string(id), "group": .integer(Int64(number % 7)), "text": text],
                        orInsert: true)
                    if number.isMultiple(of: 3) { store.delete(.empty, from: "c", id: "\(worker)-\(number % 50)") }
                    if number.isMultiple(of: 50) { await Task.yield() }
                } else {
                    let filter = FilterExpression.compare(path: "group", .equal, .integer(Int64(number % 7)))
                    for document in store.find(.empty, in: "c", DocumentQuery(filter)) {
                        try check(document["text"]?.string?.hasSuffix("end") == true, "a damaged document: \(document)")
                    }
                    _ = store.count(.empty, in: "c", where: filter)
                    if number.isMultiple(of: 20) { await Task.yield() }
                }
            }
        }
    },
]

/// An item that shows whether it is whole.
struct Entry: StringIdentifiable, Codable, Hashable, Sendable {
    var id: String
    var group: String
    var number: Int
    var text: String

    init(_ id: String, _ number: Int) {
        self.id = id
        self.number = number
        group = "group-\(number % 5)"
        text = Self.text(id, number)
    }

    var isWhole: Bool { text == Self.text(id, number) && group == "group-\(number % 5)" }

    static func text(_ id: String, _ number: Int) -> String { "\(id) has number \(number), which is its text's end" }
    static let groupField = Field("group", \Entry.group)
    static let numberField = Field("number", \Entry.number)
    static let indexes: [ItemIndex<Entry>] = [.hash(groupField), .ordered(numberField)]
}

/// Writers that create, change and delete their own items and check each result; readers that check that all they see is
/// whole, in order, and of one state.
private func stress(
    _ store: some IdentifiablePersistence<Entry>, _ bound: Bound,
    setPair: @escaping @Sendable ([Entry]) async throws -> Void
) async throws {
    try await setPair([Entry("left", 0), Entry("right", 0)])
    try await concurrently(7) { worker in
        var number = 0
        while bound.isOpen {
            number += 1
            switch worker {
            case 0: try await setPair([Entry("left", number), Entry("right", number)])
            case 1...3: try await write(store, worker, number)
            default: try await read(store, number)
            }
            // Without a storage nothing in here waits.
            if number.isMultiple(of: 50) { await Task.yield() }
        }
    }
}

private func write(_ store: some IdentifiablePersistence<Entry>, _ worker: Int, _ number: Int) async throws {
    let id = "\(worker)-\(number % 200)"
    let entry = Entry(id, number)
    try await check(store.create(.empty, entry) == entry, "another item was created")
    try await check(store.getOneById(.empty, id) == entry, "the item just created is not found")
    let changed = Entry(id, number + 1)
    try await check(store.update(.empty, changed) == changed, "the item just created was not updated")
    try await check(store.getListByIds(.empty, [id, "none"]) == [changed], "the item just updated is not found")
    // Some stay for a while.
    let old = "\(worker)-\((number + 100) % 200)"
    if try await store.getOneById(.empty, old) != nil {
        try await check(store.deleteById(.empty, old)?.isWhole == true, "the deleted item is damaged")
        try await check(store.getOneById(.empty, old) == nil, "the deleted item is found")
    }
}

private func read(_ store: some IdentifiablePersistence<Entry>, _ number: Int) async throws {
    let pair = try await store.getListByIds(.empty, ["left", "right"])
    try check(pair.count == 2 && pair[0].number == pair[1].number, "half of a change is seen: \(pair)")
    let group = Entry.groupField == "group-\(number % 5)"
    let page = try await store.getPage(
        .empty, where: group, paging: PagingParams(skip: 0, take: 20, total: true),
        sortedBy: Entry.numberField.ascending)
    try check(page.data.allSatisfy(\.isWhole), "a damaged item in a page")
    try check(page.data.allSatisfy { $0.group == "group-\(number % 5)" }, "an item of another group in a page")
    let numbers = page.data.map(\.number)
    try check(numbers == numbers.sorted(), "a page is not in order")
    try check(page.total ?? 0 >= page.data.count, "a total smaller than its page")
    if number.isMultiple(of: 10) {
        try await check(store.getList(.empty, where: .all, sortedBy: .stored).allSatisfy(\.isWhole), "a damaged item")
    }
}
