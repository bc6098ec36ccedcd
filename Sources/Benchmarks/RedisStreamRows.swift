#if PIP_REDIS
import CHiredis
import Glibc
import PipServices

/// Messages through a queue on a stream, against hiredis that adds, reads, acknowledges and deletes them without scripts,
/// locks, groups or bounds.
func measureRedisStreams(
    _ options: Options, port: Int, _ plain: Locked<PlainRedis>, _ table: inout Table
) async throws {
    progress("Redis streams")
    let container = Container("bench", factories: [])
    await container.configure(
        ContainerConfig([
            ComponentConfig(
                Descriptor("pip-services", "connection", "redis", "default", "1.0"),
                ["connection.host": "127.0.0.1", "connection.port": "\(port)"]),
            ComponentConfig(Descriptor("pip-services", "message-queue", "redis", "bench", "1.0"), [:]),
        ]))
    try await container.open(.empty)
    let queue = try container.references.getOneRequired("*:message-queue:redis:*:1.0", as: (any MessageQueue).self)
    let payload = [UInt8](repeating: 120, count: 64)
    let count = options.isQuick ? 1280 : 12_800
    try plain.withLock { try $0.createGroup() }
    table.add(
        try await clientRow(
            "redis stream 64 B, 64 tasks", options, target: 0.8, count: count,
            ours: {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<64 {
                        group.addTask {
                            for _ in 0..<count / 64 {
                                try await queue.send(.empty, MessageEnvelope(.empty, "t", payload))
                                guard let message = try await queue.receive(.empty, waitTimeout: .seconds(10)) else {
                                    throw BenchmarkError("a message is missing")
                                }
                                try await queue.complete(.empty, message)
                            }
                        }
                    }
                    try await group.waitForAll()
                }
            },
            baseline: { try plain.withLock { try $0.passMessages(payload, count: count, depth: 64) } }))
    try await container.close(.empty)
}

extension PlainRedis {
    fileprivate func createGroup() throws {
        append(["XGROUP", "CREATE", "bench.stream", "g", "0", "MKSTREAM"].map { Array($0.utf8) })
        freeReplyObject(try reply())
    }

    /// Sends, receives and removes messages, `depth` of them at once.
    fileprivate func passMessages(_ payload: [UInt8], count: Int, depth: Int) throws {
        func words(_ words: String...) -> [[UInt8]] { words.map { Array($0.utf8) } }
        let add = words("XADD", "bench.stream", "*", "m") + [payload]
        let read = words("XREADGROUP", "GROUP", "g", "c", "COUNT", "1", "STREAMS", "bench.stream", ">")
        for _ in 0..<count / depth {
            for _ in 0..<depth { append(add) }
            for _ in 0..<depth { freeReplyObject(try reply()) }
            for _ in 0..<depth { append(read) }
            var ids: [[UInt8]] = []
            for _ in 0..<depth {
                let answer = try reply()
                defer { freeReplyObject(answer) }
                let stream = answer?.assumingMemoryBound(to: redisReply.self).pointee.element?[0]
                let entry = stream?.pointee.element?[1]?.pointee.element?[0]
                guard let id = entry?.pointee.element?[0], let text = id.pointee.str else {
                    throw BenchmarkError("hiredis received no message")
                }
                ids.append(Array(UnsafeRawBufferPointer(start: text, count: Int(id.pointee.len))))
            }
            for id in ids {
                append(words("XACK", "bench.stream", "g") + [id])
                append(words("XDEL", "bench.stream") + [id])
            }
            for _ in 0..<2 * ids.count { freeReplyObject(try reply()) }
        }
    }
}
#endif
