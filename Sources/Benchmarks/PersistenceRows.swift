import Glibc
import PipServices

/// Reading, changing, deleting and paging in `IdentifiableMemoryPersistence`, against a bare dictionary and a bare array
/// behind a lock.
func measurePersistence(_ options: Options, _ table: inout Table) async throws {
    var rates: [(size: Int, operations: [(name: String, rates: [Double])])] = []
    for size in options.cacheSizes {
        progress("persistence of \(size) items")
        let bench = try await PersistenceBench(size: size, options)
        let name = grouped(size)
        table.add(
            try await bench.row("get by id, \(name) items", target: 0.4, bench.get, baseline: bench.getPlain))
        let update = try await bench.row("update, \(name) items", bench.update, baseline: bench.updatePlain)
        let delete = try await bench.row("delete, \(name) items", bench.delete, baseline: bench.deletePlain)
        let page = try await bench.row(
            "page of 20 by an indexed field, \(name)", bench.page, baseline: bench.pagePlain)
        let hashPage = try await bench.row(
            "page of 20 by a hash index, \(name)", bench.hashPage, baseline: bench.hashPagePlain)
        for row in [update, delete, page, hashPage] { table.add(row) }
        rates.append(
            (
                size,
                [
                    ("update", update.ours), ("delete", delete.ours), ("page of 20", page.ours),
                    ("page of 20 by a hash index", hashPage.ours),
                ]
            ))
    }
    guard let first = rates.first else { return }
    for larger in rates.dropFirst() {
        for (small, large) in zip(first.operations, larger.operations) {
            // Four: the trees are a level deeper, and no longer fit into the processor's caches.
            table.add(
                Row(
                    name: "\(large.name), \(grouped(larger.size)) items against \(grouped(first.size))", unit: "us",
                    ours: large.rates.map { 1000 / $0 }, baseline: small.rates.map { 1000 / $0 },
                    target: .ratioAtMost(4)))
        }
    }
    table.note("persistence: the baseline of '..., ... items against ...' is this project with fewer items")
}

private struct Item: StringIdentifiable, Codable, Sendable {
    var id: String
    var group: String
    var number: Int

    static let groupField = Field("group", \Item.group)
    static let numberField = Field("number", \Item.number)
}

/// A value behind a pthread mutex: what one writes who wants nothing else.
private final class Plain<Value> {
    private var value: Value
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

    init(_ value: Value) {
        self.value = value
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value)
    }
}

private final class PersistenceBench {
    private let size: Int
    private let store = IdentifiableMemoryPersistence<Item>(
        indexes: [.hash(Item.groupField), .ordered(Item.numberField)])
    private let plain: Plain<[String: Item]>
    private let plainList: Plain<[Item]>
    private let items: [Item]
    /// How many items have the same group, in a store of any size.
    private static let groupSize = 50
    /// Which item each operation is about: all over the store, the same on both sides.
    private let order: [Int]
    private let options: Options
    private var checksum = 0

    init(size: Int, _ options: Options) async throws {
        self.size = size
        self.options = options
        var state: UInt64 = 1
        order = (0..<options.cacheOperations / 2).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % size
        }
        items = (0..<size).map { number in
            Item(
                id: "beacons.item." + String(10_000_000 + number),
                group: "group\(number % max(1, size / Self.groupSize))",
                number: number)
        }
        plainList = Plain(items)
        plain = Plain(Dictionary(uniqueKeysWithValues: items.map { ($0.id, $0) }))
        try await store.createMany(.empty, items)
    }

    func get() throws -> Double {
        try rate(order) { index in
            guard let item = store.getOneById(.empty, items[index].id) else {
                throw BenchmarkError("an item is missing")
            }
            checksum &+= item.number
        }
    }

    func getPlain() throws -> Double {
        try rate(order) { index in
            guard let item = plain.withLock({ $0[items[index].id] }) else { throw BenchmarkError("an item is missing") }
            checksum &+= item.number
        }
    }

    func update() async throws -> Double {
        let start = processTime()
        for index in changed { try await store.update(.empty, items[index]) }
        return Double(changed.count) / (processTime() - start)
    }

    func updatePlain() -> Double {
        rate(changed) { index in plain.withLock { $0[items[index].id] = items[index] } }
    }

    /// What is deleted is put back, which is not counted.
    func delete() async throws -> Double {
        var time = 0.0
        for _ in 0..<deletions.rounds {
            let start = processTime()
            for item in deletions.items {
                guard try await store.deleteById(.empty, item.id) != nil else {
                    throw BenchmarkError("an item is missing")
                }
            }
            time += processTime() - start
            try await store.createMany(.empty, deletions.items)
        }
        return Double(deletions.items.count * deletions.rounds) / time
    }

    func deletePlain() throws -> Double {
        var time = 0.0
        for _ in 0..<deletions.rounds {
            let start = processTime()
            for item in deletions.items {
                guard plain.withLock({ $0.removeValue(forKey: item.id) }) != nil else {
                    throw BenchmarkError("an item is missing")
                }
            }
            time += processTime() - start
            plain.withLock { plain in
                for item in deletions.items { plain[item.id] = item }
            }
        }
        return Double(deletions.items.count * deletions.rounds) / time
    }

    func page() throws -> Double {
        try rate(order.prefix(20_000)) { index in
            let page = store.getPage(
                .empty, where: Item.numberField >= index, paging: PagingParams(take: 20, total: true),
                sortedBy: Item.numberField.ascending)
            guard page.total == Int64(size - index) else { throw BenchmarkError("a page is wrong") }
        }
    }

    /// An array is looked through item by item; this one is sorted already.
    func pagePlain() -> Double {
        rate(order.prefix(max(2, 20_000_000 / size / 10))) { index in
            let found = plainList.withLock { list in list.filter { $0.number >= index } }
            checksum &+= found.prefix(20).count
        }
    }

    func hashPage() throws -> Double {
        try rate(order.prefix(20_000)) { index in
            let page = store.getPage(
                .empty, where: Item.groupField == items[index].group, paging: PagingParams(take: 20, total: true))
            guard page.data.count == 20, page.total == Int64(Self.groupSize) else {
                throw BenchmarkError("a page is wrong")
            }
        }
    }

    func hashPagePlain() -> Double {
        rate(order.prefix(max(2, 20_000_000 / size / 10))) { index in
            let group = items[index].group
            let found = plainList.withLock { list in list.filter { $0.group == group } }
            checksum &+= found.prefix(20).count
        }
    }

    func row(
        _ name: String, target: Double? = nil, _ ours: () async throws -> Double, baseline: () async throws -> Double
    ) async throws -> Row {
        var rates: (ours: [Double], baseline: [Double]) = ([], [])
        for round in 0..<options.rounds {
            if round.isMultiple(of: 2) { rates.ours.append(try await ours()) }
            rates.baseline.append(try await baseline())
            if !round.isMultiple(of: 2) { rates.ours.append(try await ours()) }
        }
        return Row(
            name: name, unit: "k/s", ours: rates.ours, baseline: rates.baseline,
            target: target.map { .ratioAtLeast($0) })
    }

    // MARK: - Internal

    private var changed: ArraySlice<Int> { order.prefix(options.isQuick ? 20_000 : 100_000) }

    /// Items all over the store, each once, and how often they are deleted in a round.
    private lazy var deletions: (items: [Item], rounds: Int) = {
        var seen: Set<Int> = []
        let found = order.filter { seen.insert($0).inserted }.prefix(20_000).map { items[$0] }
        return (found, max(1, 20_000 / max(1, found.count)))
    }()

    /// Thousands of operations in a second.
    private func rate(_ order: some Collection<Int>, _ body: (Int) throws -> Void) rethrows -> Double {
        let start = processTime()
        for index in order { try body(index) }
        return Double(order.count) / (processTime() - start)
    }
}

/// How long this process has had a processor, in milliseconds: nothing here waits, and what else the machine does must not
/// count.
private func processTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1000 + Double(time.tv_nsec) / 1_000_000
}
