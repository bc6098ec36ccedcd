import PipServices
import PipServicesTesting

let componentScenarios = [
    Scenario(name: "memory-cache") { bound in
        let cache: any Cache = try await assemble(MemoryCache(), config: ["options.max_size": "100"])
        try await concurrently(6) { worker in
            var number = 0
            while bound.isOpen {
                number += 1
                let key = "key-\((number &* 7 + worker) % 300)"
                if let value = try await cache.retrieve(.empty, key, as: [String].self) {
                    try check(value == [key, "value of \(key)"], "'\(key)' has the value \(value)")
                }
                try await cache.store(.empty, key, [key, "value of \(key)"], timeout: .seconds(60))
                if number.isMultiple(of: 11) { try await cache.remove(.empty, key) }
            }
        }
    },
    Scenario(name: "memory-lock") { bound in
        let lock = try await assemble(MemoryLock(), config: ["options.retry_timeout": "1"])
        let holders = (0..<3).map { _ in Locked(0) }
        try await concurrently(6) { worker in
            var number = 0
            while bound.isOpen {
                number += 1
                let name = (worker + number) % 3
                try await lock.withLock(.empty, "lock-\(name)", ttl: .seconds(60), timeout: .seconds(60)) { _ in
                    let count = holders[name].withLock { holders in
                        holders += 1
                        return holders
                    }
                    try check(count == 1, "\(count) tasks hold one lock")
                    await Task.yield()
                    holders[name].withLock { $0 -= 1 }
                }
            }
        }
    },
    Scenario(name: "cancelled-lock-waiters") { bound in
        let lock = try await assemble(MemoryLock())
        try await concurrently(8) { worker in
            var number = worker
            while bound.isOpen {
                number += 1
                let call = Task { try await lock.acquire(.empty, "lock", ttl: .seconds(60), timeout: .seconds(60)) }
                // While it waits, or just as it acquires the lock.
                if number.isMultiple(of: 3) {
                    if number.isMultiple(of: 2) { await Task.yield() }
                    call.cancel()
                }
                do {
                    let lease = try await call.value
                    await Task.yield()
                    try check(lock.release(.empty, lease), "the lock was lost")
                } catch is CancellationError {}
            }
        }
        try check(lock.waiterCount == 0, "\(lock.waiterCount) tasks wait for a lock that nobody holds")
        try check(lock.tryAcquire(.empty, "lock", ttl: .seconds(60)) != nil, "a cancelled task holds the lock")
    },
    Scenario(name: "bulkhead") { bound in
        let bulkhead = Bulkhead(limit: 3, maxWaiting: 100)
        let running = Locked(0)
        try await concurrently(12) { worker in
            var number = worker
            while bound.isOpen {
                number += 1
                let call = Task {
                    try await bulkhead.run(.empty, name: "stress") {
                        let count = running.withLock { running in
                            running += 1
                            return running
                        }
                        await Task.yield()
                        running.withLock { $0 -= 1 }
                        try check(count <= 3, "\(count) operations run at once")
                    }
                }
                // While it waits, or just as it enters.
                if number.isMultiple(of: 3) {
                    if number.isMultiple(of: 2) { await Task.yield() }
                    call.cancel()
                }
                do { try await call.value } catch is CancellationError {}
            }
        }
        try check(
            bulkhead.running == 0 && bulkhead.waiting == 0,
            "\(bulkhead.running) operations run and \(bulkhead.waiting) wait after the last one has ended")
    },
    Scenario(name: "key-value") { bound in
        let store: any KeyValueConnector = try await assemble(MemoryKeyValueConnector())
        let sums = try await workers(6) { worker in
            var count: Int64 = 0
            while bound.isOpen {
                count += 1
                _ = try await store.increment(.empty, "sum", by: 1)
                let key = "key-\(count % 100)"
                if let value = try await store.get(.empty, key) {
                    try check(value == Array("value of \(key)".utf8), "'\(key)' has another value")
                }
                try await store.set(.empty, key, Array("value of \(key)".utf8), ttl: .seconds(60))
                if count.isMultiple(of: 5) { try await store.delete(.empty, key) }
            }
            return count
        }
        let sum = try await store.increment(.empty, "sum", by: 0)
        try check(sum == sums.reduce(0, +), "\(sums.reduce(0, +)) increments make \(sum)")
    },
    Scenario(name: "state-store") { bound in
        let store: any StateStore = try await assemble(MemoryStateStore())
        try await concurrently(6) { worker in
            var number = 0
            while bound.isOpen {
                number += 1
                let key = "\(worker)-\(number % 50)"
                _ = try await store.save(.empty, key, Entry(key, number))
                let entry = try await store.load(.empty, key, as: Entry.self)
                try check(entry == Entry(key, number), "another state is loaded than was saved")
                if number.isMultiple(of: 7) { _ = try await store.delete(.empty, key, as: Entry.self) }
            }
        }
    },
    Scenario(name: "prometheus-counters") { bound in
        let counters = try await assemble(PrometheusCounters(), config: ["options.max_series": "0"])
        let sums = try await workers(6) { worker in
            var count: Int64 = 0
            while bound.isOpen {
                for name in 0..<20 { counters.increment("shared-\(name)", 1) }
                counters.stats("own-\(worker)-\(count % 2000)", 1)
                counters.update(LabelledName("labelled", [("number", "\(count % 3000)")]), .last(1))
                count += 1
                if count.isMultiple(of: 500) {
                    _ = counters.all
                    await Task.yield()
                }
            }
            return count
        }
        let expected = Int(sums.reduce(0, +))
        for name in 0..<20 {
            let count = counters["shared-\(name)"]?.count
            try check(count == expected, "\(expected) increments make \(count ?? 0)")
        }
    },
    Scenario(name: "counters") { bound in
        let counters = try await assemble(CachedCounters())
        let sums = try await workers(6) { worker in
            var count: Int64 = 0
            while bound.isOpen {
                for name in 0..<20 { counters.update("shared-\(name)", .increment(1)) }
                counters.update("own-\(worker)-\(count % 2000)", .statistics(1))
                count += 1
                if count.isMultiple(of: 500) {
                    _ = counters.takeChanged()
                    await Task.yield()
                }
            }
            return count
        }
        let expected = Int(sums.reduce(0, +))
        for name in 0..<20 {
            let count = counters["shared-\(name)"]?.count
            try check(count == expected, "\(expected) increments make \(count ?? 0)")
        }
    },
    Scenario(name: "buffer") { bound in
        let saved = Locked(0)
        let buffer = CachedBuffer<[String]>(
            save: { items in
                try check(items.allSatisfy { $0.count == 2 && $0[1] == "item \($0[0])" }, "a damaged item is saved")
                saved.withLock { $0 += items.count }
                await Task.yield()
            }, note: { _ in [] }, report: { _ in })
        try await assemble(buffer, config: ["options.max_cache_size": "50", "options.interval": "5"])
        try await buffer.open(.empty)
        let counts = try await workers(4) { worker in
            var count: Int64 = 0
            while bound.isOpen {
                count += 1
                buffer.add(["\(count)", "item \(count)"])
                // Within the bound of the buffer, so that nothing may be dropped.
                if count.isMultiple(of: 20) { await buffer.flush() }
            }
            return count
        }
        try await buffer.close(.empty)
        let (expected, dropped) = (Int(counts.reduce(0, +)), buffer.droppedCount)
        try check(saved.current == expected && dropped == 0, "of \(expected) items \(saved.current) were saved")
    },
]

/// Runs `body` in several tasks at once, and returns what each returns.
private func workers(_ count: Int, _ body: @escaping @Sendable (Int) async throws -> Int64) async throws -> [Int64] {
    try await withThrowingTaskGroup(of: Int64.self) { group in
        for number in 0..<count { group.addTask { try await body(number) } }
        return try await group.reduce(into: []) { $0.append($1) }
    }
}
