import PipServices

/// Reading, storing and evicting in a full `MemoryCache`, against a dictionary behind the same lock.
func measureCache(_ options: Options, _ table: inout Table) async throws {
    for size in options.cacheSizes {
        progress("cache of \(size) entries")
        let bench = try await CacheBench(size: size, operations: options.cacheOperations)
        try bench.fill()
        let name = grouped(size)
        table.add(try bench.row("cache get, \(name) entries", options, ours: bench.get, baseline: bench.getPlain))
        table.add(
            try bench.row("cache store, \(name) entries", options, ours: bench.store, baseline: bench.storePlain))
        table.add(
            try bench.row("cache store that evicts, \(name)", options, ours: bench.evict, baseline: bench.evictPlain))
    }
}

private struct Item: Codable, Sendable {
    var id: String
    var number: Int
}

private final class CacheBench {
    private let size: Int
    private let cache: MemoryCache
    private let plain = Locked<[String: Item]>([:])
    private let keys: [String]
    /// Which key each operation is about: all over the cache, the same on both sides.
    private let order: [Int]
    private var next: Int
    private var nextPlain: Int
    private var checksum = 0

    init(size: Int, operations: Int) async throws {
        self.size = size
        let container = Container("bench", allFactories: [DefaultLogicFactory.create()])
        await container.configure(
            ContainerConfig([
                ComponentConfig(
                    Descriptor("pip-services", "cache", "memory", "default", "1.0"),
                    ["options.max_size": "\(size)", "options.timeout": "3600000"])
            ]))
        try await container.open(.empty)
        cache = try container.references.getOneRequired("*:cache:memory:*:1.0", as: MemoryCache.self)
        keys = (0..<size).map(Self.key)
        var state: UInt64 = 1
        order = (0..<operations).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % size
        }
        next = size
        nextPlain = size
    }

    /// Long enough to be stored outside the `String`, as most keys are.
    private static func key(_ number: Int) -> String { "beacons.item." + String(10_000_000 + number) }

    func fill() throws {
        for (number, key) in keys.enumerated() {
            cache.store(.empty, key, Item(id: key, number: number), timeout: nil)
            plain.withLock { $0[key] = Item(id: key, number: number) }
        }
        guard cache.count == size else { throw BenchmarkError("the cache holds \(cache.count) of \(size)") }
    }

    func get() throws {
        for index in order {
            guard let item = try cache.retrieve(.empty, keys[index], as: Item.self) else {
                throw BenchmarkError("a value is missing")
            }
            checksum &+= item.number
        }
    }

    func getPlain() throws {
        for index in order {
            guard let item = plain.withLock({ $0[keys[index]] }) else { throw BenchmarkError("a value is missing") }
            checksum &+= item.number
        }
    }

    func store() {
        for index in order { cache.store(.empty, keys[index], Item(id: keys[index], number: index), timeout: nil) }
    }

    func storePlain() {
        for index in order { plain.withLock { $0[keys[index]] = Item(id: keys[index], number: index) } }
    }

    func evict() throws {
        for _ in order {
            let key = Self.key(next)
            cache.store(.empty, key, Item(id: key, number: next), timeout: nil)
            next += 1
        }
        guard cache.count == size else { throw BenchmarkError("the cache holds \(cache.count) of \(size)") }
    }

    /// A dictionary can't tell what to drop: it is told the oldest.
    func evictPlain() throws {
        for _ in order {
            let (key, oldest) = (Self.key(nextPlain), Self.key(nextPlain - size))
            plain.withLock { plain in
                plain[oldest] = nil
                plain[key] = Item(id: key, number: nextPlain)
            }
            nextPlain += 1
        }
    }

    func row(
        _ name: String, _ options: Options, ours: () throws -> Void, baseline: () throws -> Void
    ) throws -> Row {
        var times: ([Double], [Double]) = ([], [])
        for round in 0..<options.rounds {
            func measureOurs() throws { times.0.append(try rate(ours)) }
            func measureBaseline() throws { times.1.append(try rate(baseline)) }
            if round.isMultiple(of: 2) {
                try measureOurs()
                try measureBaseline()
            } else {
                try measureBaseline()
                try measureOurs()
            }
        }
        return Row(name: name, unit: "M/s", ours: times.0, baseline: times.1)
    }

    /// Millions of operations in a second.
    private func rate(_ body: () throws -> Void) throws -> Double {
        let start = ContinuousClock.now
        try body()
        return Double(order.count) / 1000 / milliseconds(.now - start)
    }
}

/// 1000000 as 1,000,000.
func grouped(_ number: Int) -> String {
    var digits = Array(String(number))
    for index in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(",", at: index) }
    return String(digits)
}
