import Glibc
import PipServices
import PipServicesTesting

/// Queues: sending, receiving and completing messages in memory, against `AsyncStream`s of the same values; resident
/// memory; a queue in a file, against a loop that writes and syncs the same bytes.
func measureMessaging(_ options: Options, _ folder: WorkFolder, _ table: inout Table) async throws {
    let bench = MessagingBench(options)
    for workers in [1, 8] {
        progress("memory queue, \(workers) producers and consumers")
        var (ours, baseline): ([Double], [Double]) = ([], [])
        for _ in 0..<options.rounds {
            ours.append(try await bench.memoryRate(workers))
            baseline.append(await bench.streamRate(workers))
        }
        let name = workers == 1 ? "1 producer and consumer" : "\(workers) producers and consumers"
        table.add(
            Row(name: "memory queue, \(name), against AsyncStream", unit: "per s", ours: ours, baseline: baseline))
    }
    progress("memory queue, resident memory")
    let (queue, array) = try await bench.residentMemory()
    table.add(
        Row(
            name: "memory queue, resident memory with \(grouped(MessagingBench.held)) messages, against an array",
            unit: "MB", ours: [queue], baseline: [array]))
    progress("file queue")
    var rates: [String: [Double]] = [:]
    for _ in 0..<options.rounds {
        rates["one", default: []].append(try await bench.fileRate(folder, senders: 1))
        rates["many", default: []].append(try await bench.fileRate(folder, senders: 64))
        rates["plain", default: []].append(try bench.plainRate(folder))
    }
    for (name, key) in [("1 sender", "one"), ("64 senders", "many")] {
        table.add(
            Row(
                name: "file queue, \(name), against write and fsync", unit: "per s", ours: rates[key] ?? [],
                baseline: rates["plain"] ?? []))
    }
    table.note("memory queue: sent, received under a lock and completed; a stream has neither locks nor redelivery")
}

private struct MessagingBench {
    /// How many messages the queue of the row about memory holds.
    static let held = 100_000

    private let count: Int
    private let fileCount: Int

    init(_ options: Options) {
        count = options.isQuick ? 20_000 : 200_000
        fileCount = options.isQuick ? 500 : 2000
    }

    private static func message(_ number: Int) -> MessageEnvelope {
        MessageEnvelope(.empty, "bench", "A payload of some length for \(number)")
    }

    /// Messages sent, received and completed in a second.
    func memoryRate(_ workers: Int) async throws -> Double {
        let (queue, each) = (try await assemble(MemoryMessageQueue("bench")), count / workers)
        try await queue.open(.empty)
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<workers {
                group.addTask { for number in 0..<each { try await queue.send(.empty, Self.message(number)) } }
                group.addTask {
                    for _ in 0..<each {
                        guard let message = try await queue.receive(.empty, waitTimeout: .seconds(30)) else {
                            throw BenchmarkError("a message is missing")
                        }
                        try await queue.complete(.empty, message)
                    }
                }
            }
            try await group.waitForAll()
        }
        let rate = Double(each * workers) * 1000 / milliseconds(.now - start)
        try await queue.close(.empty)
        return rate
    }

    /// The same values through streams, one for each producer and consumer.
    func streamRate(_ workers: Int) async -> Double {
        let each = count / workers
        let start = ContinuousClock.now
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<workers {
                let (stream, continuation) = AsyncStream<MessageEnvelope>.makeStream()
                group.addTask {
                    for number in 0..<each { continuation.yield(Self.message(number)) }
                    continuation.finish()
                }
                group.addTask { for await _ in stream {} }
            }
        }
        return Double(each * workers) * 1000 / milliseconds(.now - start)
    }

    /// What a queue and an array of the same messages add to the memory of the process, in megabytes.
    func residentMemory() async throws -> (queue: Double, array: Double) {
        let start = Self.resident()
        let array = (0..<Self.held).map(Self.message)
        let afterArray = Self.resident()
        let connection = try await assemble(MemoryMessageConnection())
        try await connection.subscribe(.empty, "bench", MessageQueueOptions(maxSize: Self.held))
        for number in 0..<Self.held {
            try await connection.publish(.empty, Self.message(number), to: .queue("bench"), timeout: .zero)
        }
        let afterQueue = Self.resident()
        guard try await connection.readCount(.empty, "bench") == array.count else {
            throw BenchmarkError("a message is missing")
        }
        return (afterQueue - afterArray, afterArray - start)
    }

    /// Messages stored in a second.
    func fileRate(_ folder: WorkFolder, senders: Int) async throws -> Double {
        let path = folder.file("queue.json")
        defer { for file in [path, path + ".journal", path + ".lock"] { unlink(file) } }
        let (queue, each) = (try await assemble(FileMessageQueue("bench", path: path)), fileCount / senders)
        try await queue.open(.empty)
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<senders {
                group.addTask { for number in 0..<each { try await queue.send(.empty, Self.message(number)) } }
            }
            try await group.waitForAll()
        }
        let rate = Double(each * senders) * 1000 / milliseconds(.now - start)
        try await queue.close(.empty)
        return rate
    }

    /// Lines of about the same length at the end of a file, each synced.
    func plainRate(_ folder: WorkFolder) throws -> Double {
        let path = folder.file("queue.plain")
        let file = Glibc.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw BenchmarkError("cannot write \(path)") }
        defer {
            Glibc.close(file)
            unlink(path)
        }
        let line = [UInt8](repeating: UInt8(ascii: "x"), count: 250)
        let start = ContinuousClock.now
        for _ in 0..<fileCount {
            guard write(file, line, line.count) == line.count, fsync(file) == 0 else {
                throw BenchmarkError("cannot write \(path)")
            }
        }
        return Double(fileCount) * 1000 / milliseconds(.now - start)
    }

    /// Anonymous resident memory of this process in megabytes.
    private static func resident() -> Double {
        let line = readText("/proc/self/status")?.split(separator: "\n").first { $0.hasPrefix("RssAnon:") }
        return (line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first).flatMap { Double($0) }
            .map { $0 / 1024 } ?? 0
    }
}
