#if PIP_MEMCACHED
import CMemcached
import Glibc
import PipServices

/// `MemcachedConnector` against a plain loop over libmemcached, on a server of this run's own.
func measureMemcached(_ options: Options, _ folder: WorkFolder, _ table: inout Table) async throws {
    progress("memcached")
    let port = try freePort()
    let server = try ChildProcess(
        "memcached", ["memcached", "-l", "127.0.0.1", "-p", "\(port)", "-U", "0", "-u", "nobody"], in: folder)
    defer { server.stop() }
    let plain = try PlainMemcached(port: port)
    let deadline = ContinuousClock.now + .seconds(10)
    while !plain.set("bench.ready", [1]) {
        guard server.isRunning, .now < deadline else { throw server.failure("did not answer") }
        usleep(10_000)
    }

    let container = Container(
        "bench",
        allFactories: [DefaultMemcachedFactory.create(), Factory("bench:connector:*:*:1.0") { MemcachedConnector() }])
    await container.configure(
        ContainerConfig([
            ComponentConfig(
                Descriptor("bench", "connector", "default", "default", "1.0"),
                ["connection.host": "127.0.0.1", "connection.port": "\(port)"])
        ]))
    try await container.open(.empty)
    let connector = try container.references.getOneRequired("bench:connector:*:*:1.0", as: MemcachedConnector.self)
    do {
        for (size, name) in [(64, "64 B"), (1024, "1 KB"), (102_400, "100 KB")] {
            let value = [UInt8](repeating: 65, count: size)
            let key = "bench.value.\(size)"
            guard plain.set(key, value) else { throw BenchmarkError("memcached took no value") }
            let count = (options.isQuick ? 3000 : 20_000) / (size > 10_000 ? 5 : 1)
            table.add(
                try await clientRow(
                    "memcached get \(name), one task", options, target: 0.5, count: count,
                    ours: {
                        for _ in 0..<count where try await connector.get(.empty, key)?.count != size {
                            throw BenchmarkError("a value is missing")
                        }
                    },
                    baseline: {
                        for _ in 0..<count where plain.get(key) != size { throw BenchmarkError("a value is missing") }
                    }))
            table.add(
                try await clientRow(
                    "memcached set \(name), one task", options, target: 0.5, count: count,
                    ours: { for _ in 0..<count { try await connector.set(.empty, key, value, ttl: nil) } },
                    baseline: {
                        for _ in 0..<count where !plain.set(key, value) {
                            throw BenchmarkError("memcached took no value")
                        }
                    }))
        }
        let keys = (0..<100).map { "bench.many.\($0)" }
        for key in keys { _ = plain.set(key, [UInt8](repeating: 65, count: 64)) }
        let count = options.isQuick ? 500 : 4000
        table.add(
            try await clientRow(
                "memcached get of 100 keys at once", options, target: 0.5, count: count,
                ours: {
                    for _ in 0..<count where try await connector.getMany(.empty, keys).count != 100 {
                        throw BenchmarkError("values are missing")
                    }
                },
                baseline: {
                    for _ in 0..<count where plain.getMany(keys) != 100 { throw BenchmarkError("values are missing") }
                }))
    } catch {
        try? await container.close(.empty)
        throw error
    }
    try await container.close(.empty)
}

/// What a C program does with libmemcached: it looks at what it gets and frees it.
private final class PlainMemcached {
    private let memory: UnsafeMutablePointer<memcached_st>
    private let result: UnsafeMutablePointer<memcached_result_st>

    init(port: UInt16) throws {
        guard let memory = memcached_create(nil) else { throw BenchmarkError("libmemcached gives no client") }
        let result = UnsafeMutablePointer<memcached_result_st>.allocate(capacity: 1)
        memcached_result_create(memory, result)
        self.memory = memory
        self.result = result
        memcached_server_add(memory, "127.0.0.1", port)
        memcached_behavior_set(memory, MEMCACHED_BEHAVIOR_TCP_NODELAY, 1)
    }

    deinit {
        memcached_result_free(result)
        result.deallocate()
        memcached_free(memory)
    }

    func set(_ key: String, _ value: [UInt8]) -> Bool {
        value.withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                memcached_set(memory, key, key.utf8.count, $0.baseAddress, $0.count, 0, 0) == MEMCACHED_SUCCESS
            }
        }
    }

    func get(_ key: String) -> Int {
        var (length, flags, code): (Int, UInt32, memcached_return_t) = (0, 0, MEMCACHED_SUCCESS)
        free(memcached_get(memory, key, key.utf8.count, &length, &flags, &code))
        return length
    }

    func getMany(_ keys: [String]) -> Int {
        // Made once in C; here too, since a C program has its keys as pointers.
        let pointers = pointers(keys)
        let lengths = keys.map(\.utf8.count)
        guard memcached_mget(memory, pointers, lengths, keys.count) == MEMCACHED_SUCCESS else { return 0 }
        var (count, code) = (0, MEMCACHED_SUCCESS)
        while let result = memcached_fetch_result(memory, result, &code) {
            if memcached_result_length(result) > 0 { count += 1 }
        }
        return count
    }

    private var known: [UnsafePointer<CChar>?] = []

    private func pointers(_ keys: [String]) -> [UnsafePointer<CChar>?] {
        if known.isEmpty { known = keys.map { strdup($0).map { UnsafePointer($0) } } }
        return known
    }
}
#endif
