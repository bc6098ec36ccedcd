import PipServicesTesting

@testable import PipServices

/// A sequence of operations on a data file, with its expected content.
struct FileWorkload {
    /// A simple model of the file's content.
    struct Model: Equatable {
        var items: [(key: AnyValue, item: AnyValue)] = []
        var messages: [OutboxMessage] = []

        init(_ stored: StoredItems = StoredItems()) {
            items = stored.items.map { ($0.key, $0.item) }
            messages = stored.messages
        }

        mutating func apply(_ change: ItemChange) {
            switch change {
            case .put(let key, let item):
                if let index = items.firstIndex(where: { $0.key == key }) {
                    items[index].item = item
                } else {
                    items.append((key, item))
                }
            case .delete(let key): items.removeAll { $0.key == key }
            case .clear: items = []
            case .enqueue(let message): messages.append(message)
            case .dequeue(let id): messages.removeAll { $0.id == id }
            }
        }

        static func == (left: Model, right: Model) -> Bool {
            left.items.map(\.key) == right.items.map(\.key) && left.items.map(\.item) == right.items.map(\.item)
                && left.messages == right.messages
        }
    }

    static let path = "/data/items.json"

    /// The confirmed state.
    var stored = Model()
    /// The state if the last failed change had been stored; nil if it succeeded.
    var attempted: Model?
    /// Unexpected errors and wrong contents.
    var problems: [String] = []

    private let random: SeededRandom
    private let hasIds: Bool
    private var next: Int64 = 0

    init(seed: UInt64, hasIds: Bool) {
        random = SeededRandom(seed: seed)
        self.hasIds = hasIds
    }

    /// The key of an item that was stored without one.
    var key: (AnyValue, Int) -> AnyValue {
        { [hasIds] item, place in hasIds ? item["id"] ?? .null : .integer(Int64(place)) }
    }

    /// Opens, changes, compacts and closes the file several times. Continues after failures, but not without an open
    /// file.
    mutating func run(_ disk: SimulatedDisk, sessions: Int = 2, changes: Int = 7) {
        for _ in 0..<sessions {
            guard var file = open(disk) else { return }
            for index in 0..<changes {
                change(&file)
                if index == changes / 3 {
                    // Changes arrive while the new file is written.
                    let result = Result { () throws(ApplicationError) in try file.compaction.run() }
                    change(&file)
                    if let result = try? result.get() { try? file.finish(result) }
                } else if file.needsCompaction, let result = try? file.compaction.run() {
                    try? file.finish(result)
                }
            }
            try? file.close()
        }
    }

    /// Opens the file; nil on failure.
    mutating func open(_ disk: SimulatedDisk) -> JournaledFile? {
        guard let (file, found) = try? Self.open(disk, key) else { return nil }
        check(found)
        return file
    }

    static func open(
        _ disk: SimulatedDisk, _ key: (AnyValue, Int) throws -> AnyValue
    ) throws -> (JournaledFile, StoredItems) {
        var (file, content) = try JournaledFile.open(path, disk, threshold: 600)
        let entries = try content.entries(key: key)
        do {
            try file.start(content, entries) { _ in }
        } catch {
            file.abandon()
            throw error
        }
        return (file, content.stored(entries))
    }

    mutating func check(_ found: StoredItems) {
        let model = Model(found)
        // Items without ids get new keys if there is no journal.
        let same: (Model, Model) -> Bool = { [hasIds] left, right in
            hasIds
                ? left == right : left.items.map(\.item) == right.items.map(\.item) && left.messages == right.messages
        }
        if !same(model, stored), attempted.map({ same(model, $0) }) != true {
            problems.append(
                "\(model.items.map(\.item)) and \(model.messages.count) messages are found, not"
                    + " \(stored.items.map(\.item)) and \(stored.messages.count)"
                    + (attempted.map { " nor \($0.items.map(\.item)) and \($0.messages.count)" } ?? ""))
        }
        stored = model
        attempted = nil
        if !hasIds {
            next = max(
                next,
                (model.items.compactMap { if case .integer(let key) = $0.key { key } else { nil } }.max() ?? -1) + 1)
        }
    }

    mutating func change(_ file: inout JournaledFile) {
        var model = stored
        var changes: [ItemChange] = []
        for _ in 0..<1 + pick(3) {
            let change = nextChange(model)
            model.apply(change)
            changes.append(change)
        }
        do {
            try file.append(changes.map { try $0.json() })
            stored = model
            attempted = nil
        } catch {
            // Only the first failed change can reappear: later ones first remove its remains.
            attempted = attempted ?? model
        }
    }

    // MARK: - Internal

    private func pick(_ count: Int) -> Int { Int(random.next() % UInt64(count)) }

    private mutating func nextChange(_ model: Model) -> ItemChange {
        let known: AnyValue? = model.items.isEmpty ? .none : model.items[pick(model.items.count)].key
        let kind = pick(12)
        if let key = known, kind < 5 { return kind < 3 ? .delete(key: key) : .put(key: key, item: item(key)) }
        switch kind {
        case 5 where pick(4) == 0: return .clear
        case 6:
            next += 1
            return .enqueue(
                OutboxMessage(
                    id: "m\(next)", destination: "queue", type: "t", payload: "p", time: .distantPast))
        case 7 where !model.messages.isEmpty: return .dequeue(id: model.messages[0].id)
        default:
            next += 1
            let key: AnyValue = hasIds ? .string("id\(next)") : .integer(next)
            return .put(key: key, item: item(key))
        }
    }

    private func item(_ key: AnyValue) -> AnyValue {
        var item: AnyValueMap = ["text": .string(String(repeating: "ä\n", count: pick(40)) + "\(pick(1000))")]
        if hasIds { item["id"] = key }
        return .map(item)
    }
}
