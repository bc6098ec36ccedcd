#if PIP_REDIS
import CHiredis
import Glibc
import PipServices

/// GET and SET on a redis-server of its own, against hiredis called without anything around it.
func measureRedis(_ options: Options, _ folder: WorkFolder, _ table: inout Table) async throws {
    let server = try RedisProcess(in: folder)
    defer { server.process.stop() }
    let container = Container("bench", factories: [])
    await container.configure(
        ContainerConfig([
            ComponentConfig(
                Descriptor("pip-services", "connection", "redis", "default", "1.0"),
                ["connection.host": "127.0.0.1", "connection.port": "\(server.port)"])
        ]))
    try await container.open(.empty)
    let redis = try container.references.getOneRequired("*:connection:redis:*:1.0", as: RedisConnection.self)
    let plain = Locked(try PlainRedis(server.port))
    for (size, name) in [(64, "64 B"), (1024, "1 KB"), (102_400, "100 KB")] {
        progress("Redis, \(name)")
        let scale = (options.isQuick ? 1 : 4) * (size > 10_000 ? 1 : 10)
        // Rounds that last long enough to be told from a hiccup of the machine.
        let trips = scale * (size > 10_000 ? 1280 : 5120)
        let value = [UInt8](repeating: 120, count: size)
        try await redis.set(.empty, "bench", value, ttl: nil)
        for isGet in [true, false] {
            let bench = RedisBench(redis: redis, plain: plain, value: value, isGet: isGet)
            let verb = "redis \(isGet ? "GET" : "SET") \(name)"
            table.add(
                try await bench.row("\(verb), one task", options, 0.5, scale * 400, depth: 1) {
                    try await bench.one($0)
                })
            table.add(
                try await bench.row("\(verb), 64 tasks", options, 0.3, trips, depth: 64) {
                    try await bench.many($0)
                })
            table.add(
                try await bench.row("\(verb), batches of 64", options, 0.8, trips, depth: 64, isBatch: true) {
                    try await bench.batches($0)
                })
        }
    }
    try await container.close(.empty)
    try await measureRedisStreams(options, port: server.port, plain, &table)
}

private struct RedisProcess {
    let process: ChildProcess
    let port: Int

    init(in folder: WorkFolder) throws {
        port = Int(try freePort())
        process = try ChildProcess(
            "redis", ["redis-server", "--port", "\(port)", "--bind", "127.0.0.1", "--save", ""], in: folder)
        for _ in 0..<500 {
            if (try? PlainRedis(port)) != nil { return }
            usleep(10_000)
        }
        throw process.failure("does not start")
    }
}

/// hiredis as it is.
final class PlainRedis {
    private let handle: UnsafeMutablePointer<redisContext>

    init(_ port: Int) throws {
        guard let handle = redisConnect("127.0.0.1", Int32(port)) else { throw BenchmarkError("no memory") }
        guard handle.pointee.err == 0 else {
            redisFree(handle)
            throw BenchmarkError("hiredis does not connect")
        }
        self.handle = handle
    }

    deinit { redisFree(handle) }

    private static func copies(of command: [[UInt8]]) -> [UnsafeMutablePointer<CChar>] {
        command.map { part in
            let copy = UnsafeMutablePointer<CChar>.allocate(capacity: max(1, part.count))
            part.withUnsafeBytes { if let start = $0.baseAddress { memcpy(copy, start, part.count) } }
            return copy
        }
    }

    /// Adds a command to those that are sent next.
    func append(_ command: [[UInt8]]) {
        let copies = Self.copies(of: command)
        defer { for copy in copies { copy.deallocate() } }
        var pointers = copies.map { UnsafePointer<CChar>?($0) }
        var lengths = command.map(\.count)
        redisAppendCommandArgv(handle, Int32(command.count), &pointers, &lengths)
    }

    /// Sends what was added and reads the next answer, which the caller frees.
    func reply() throws -> UnsafeMutableRawPointer? {
        var reply: UnsafeMutableRawPointer?
        guard redisGetReply(handle, &reply) == REDIS_OK else { throw BenchmarkError("hiredis failed") }
        return reply
    }

    /// Sends the command `count` times, `depth` of them at once, and reads the answers.
    /// - Parameter isBatch: whether those of one trip are there together in the end, as a batch gives them.
    func run(_ command: [[UInt8]], count: Int, depth: Int, isBatch: Bool) throws {
        let copies = Self.copies(of: command)
        defer { for copy in copies { copy.deallocate() } }
        var pointers = copies.map { UnsafePointer<CChar>?($0) }
        var lengths = command.map(\.count)
        var left = count
        var batch: [UnsafeMutableRawPointer?] = []
        while left > 0 {
            for _ in 0..<depth { redisAppendCommandArgv(handle, Int32(command.count), &pointers, &lengths) }
            for _ in 0..<depth {
                var reply: UnsafeMutableRawPointer?
                guard redisGetReply(handle, &reply) == REDIS_OK else { throw BenchmarkError("hiredis failed") }
                if isBatch { batch.append(reply) } else { freeReplyObject(reply) }
            }
            for reply in batch { freeReplyObject(reply) }
            batch.removeAll(keepingCapacity: true)
            left -= depth
        }
    }
}

private final class RedisBench: Sendable {
    private let redis: RedisConnection
    private let value: [UInt8]
    private let isGet: Bool
    private let runPlain: @Sendable (Int, Int, Bool) throws -> Void

    init(redis: RedisConnection, plain: Locked<PlainRedis>, value: [UInt8], isGet: Bool) {
        (self.redis, self.value, self.isGet) = (redis, value, isGet)
        let command = (isGet ? ["GET", "bench"] : ["SET", "bench"]).map { Array($0.utf8) } + (isGet ? [] : [value])
        // One round after the other: the handle is never used by two at once.
        runPlain = { count, depth, isBatch in
            try plain.withLock { try $0.run(command, count: count, depth: depth, isBatch: isBatch) }
        }
    }

    private func call() async throws {
        if isGet {
            guard try await redis.get(.empty, "bench")?.count == value.count else {
                throw BenchmarkError("wrong value")
            }
        } else {
            try await redis.set(.empty, "bench", value, ttl: nil)
        }
    }

    func one(_ count: Int) async throws { for _ in 0..<count { try await call() } }

    func many(_ count: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<64 { group.addTask { try await self.one(count / 64) } }
            try await group.waitForAll()
        }
    }

    func batches(_ count: Int) async throws {
        let command = isGet ? RedisCommand("GET", "bench") : RedisCommand("SET", bytes: [Array("bench".utf8), value])
        let commands = [RedisCommand](repeating: command, count: 64)
        for _ in 0..<count / 64 {
            guard try await redis.pipeline(.empty, commands).count == 64 else { throw BenchmarkError("wrong count") }
        }
    }

    func row(
        _ name: String, _ options: Options, _ target: Double, _ count: Int, depth: Int,
        isBatch: Bool = false, _ ours: (Int) async throws -> Void
    ) async throws -> Row {
        try await clientRow(
            name, options, target: target, count: count, ours: { try await ours(count) },
            baseline: { try runPlain(count, depth, isBatch) })
    }
}
#endif
