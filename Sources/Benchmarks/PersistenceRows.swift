import PipServices

/// Reading, changing and paging in `IdentifiableMemoryPersistence`, against a dictionary and an array behind a lock.
func measurePersistence(_ options: Options, _ table: inout Table) async throws {
    for size in options.cacheSizes {
        progress("persistence of \(size) items")
        let bench = try await PersistenceBench(size: size, operations: options.cacheOperations / 2)
        let name = grouped(size)
        table.add(
            try await bench.row("get by id, \(name) items", options, 0.5, ours: bench.get, baseline: bench.getPlain))
        table.add(
            try await bench.row("update, \(name) items", options, nil, ours: bench.update, baseline: bench.updatePlain))
        // A thousandth: the array is looked through item by item.
        bench.share = max(2, 100_000_000 / size / 1000)
        table.add(
            try await bench.row(
                "page of 20 by an indexed field, \(name)", options, nil, ours: bench.page, baseline: bench.pagePlain))
    }
}

private struct Item: StringIdentifiable, Codable, Sendable {
    var id: String
    var group: String
    var number: Int

    static let groupField = Field("group", \Item.group)
    static let numberField = Field("number", \Item.number)
}

private final class PersistenceBench {
    private let size: Int
    private let store = IdentifiableMemoryPersistence<Item>(
        indexes: [.hash(Item.groupField), .ordered(Item.numberField)])
    private let plain = Locked<[String: Item]>([:])
    private let plainList: Locked<[Item]>
    private let ids: [String]
    private let order: [Int]
    private let operations: Int
    private var checksum = 0
    /// How many operations a round has.
    var share: Int

    init(size: Int, operations: Int) async throws {
        self.size = size
        self.operations = operations
        share = operations
        ids = (0..<size).map { "beacons.item." + String(10_000_000 + $0) }
        var state: UInt64 = 1
        order = (0..<operations).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % size
        }
        let items = ids.enumerated().map { Item(id: $1, group: "group\($0 % max(1, size / 50))", number: $0) }
        plainList = Locked(items)
        plain.withLock { plain in
            for item in items { plain[item.id] = item }
        }
        try await store.createMany(.empty, items)
    }

    func get() throws {
        for index in order.prefix(share) {
            guard let item = store.getOneById(.empty, ids[index]) else { throw BenchmarkError("an item is missing") }
            checksum &+= item.number
        }
    }

    func getPlain() throws {
        for index in order.prefix(share) {
            guard let item = plain.withLock({ $0[ids[index]] }) else { throw BenchmarkError("an item is missing") }
            checksum &+= item.number
        }
    }

    func update() async throws {
        for index in order.prefix(share) {
            try await store.update(.empty, Item(id: ids[index], group: "group0", number: index))
        }
    }

    func updatePlain() {
        for index in order.prefix(share) {
            plain.withLock { $0[ids[index]] = Item(id: ids[index], group: "group0", number: index) }
        }
    }

    func page() throws {
        for index in order.prefix(share) {
            let page = store.getPage(
                .empty, where: Item.numberField >= index, paging: PagingParams(take: 20, total: true),
                sortedBy: Item.numberField.ascending)
            guard page.total == Int64(size - index) else { throw BenchmarkError("a page is wrong") }
        }
    }

    func pagePlain() throws {
        for index in order.prefix(share) {
            let found = plainList.withLock { list in list.filter { $0.number >= index } }
            checksum &+= found.prefix(20).count
        }
    }

    func row(
        _ name: String, _ options: Options, _ target: Double?, ours: () async throws -> Void,
        baseline: () async throws -> Void
    ) async throws -> Row {
        var times: ([Double], [Double]) = ([], [])
        for round in 0..<options.rounds {
            if round.isMultiple(of: 2) {
                times.0.append(try await rate(ours))
                times.1.append(try await rate(baseline))
            } else {
                times.1.append(try await rate(baseline))
                times.0.append(try await rate(ours))
            }
        }
        return Row(
            name: name, unit: "k/s", ours: times.0, baseline: times.1, target: target.map { .ratioAtLeast($0) })
    }

    /// Thousands of operations in a second.
    private func rate(_ body: () async throws -> Void) async throws -> Double {
        let start = ContinuousClock.now
        try await body()
        return Double(min(share, order.count)) / milliseconds(.now - start)
    }
}
