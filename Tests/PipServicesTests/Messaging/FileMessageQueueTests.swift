import FoundationEssentials
import PipServicesTesting
import Testing

@testable import PipServices

@Suite struct FileMessageQueueTests {
    private static let path = "/data/queue.json"

    /// A queue on a disk in memory.
    private func open(_ disk: SimulatedDisk, _ config: ConfigParams = [:]) async throws -> FileMessageQueue {
        let queue = FileMessageQueue("q", JournaledFileStorage(path: Self.path, disk))
        try await assemble(queue, config: config)
        try await queue.open(.empty)
        return queue
    }

    private func send(_ queue: FileMessageQueue, _ texts: [String]) async throws {
        for text in texts {
            var message = MessageEnvelope(Context(traceId: "trace"), "type", text, group: "group")
            message.replyTo = "replies"
            try await queue.send(.empty, message)
        }
    }

    private func receive(_ queue: FileMessageQueue) async throws -> MessageEnvelope? {
        try await queue.receive(.empty, waitTimeout: .zero)
    }

    @Test("Messages survive a restart, complete and in order") func restart() async throws {
        let disk = SimulatedDisk()
        let first = try await open(disk)
        try await send(first, ["a", "b"])
        let sent = try #require(try await first.peek(.empty))
        try await first.close(.empty)
        let second = try await open(disk)
        #expect(second.capabilities.isDurable)
        var message = try #require(try await receive(second))
        try await second.complete(.empty, message)
        (message.reference, message.deliveryCount) = (nil, 0)
        // The file has milliseconds.
        #expect(message.sentTime.map { abs($0.timeIntervalSince(sent.sentTime ?? $0)) < 0.001 } == true)
        message.sentTime = sent.sentTime
        #expect(message == sent)
        #expect(try await receive(second)?.messageAsString == "b")
        try await second.close(.empty)
    }

    @Test("A received but uncompleted message is redelivered after a restart, with its count")
    func unsettled() async throws {
        let disk = SimulatedDisk()
        let first = try await open(disk)
        try await send(first, ["a"])
        let message = try #require(try await receive(first))
        #expect(message.deliveryCount == 1)
        try await first.close(.empty)
        let second = try await open(disk)
        let again = try #require(try await receive(second))
        #expect(again.deliveryCount == 2)
        try await second.complete(.empty, again)
        try await second.close(.empty)
        let third = try await open(disk)
        #expect(try await receive(third) == nil)
        try await third.close(.empty)
    }

    @Test("Dead letters survive a restart with their errors, and can be replayed") func deadLetters() async throws {
        let disk = SimulatedDisk()
        let first = try await open(disk)
        try await send(first, ["a"])
        let message = try #require(try await receive(first))
        try await first.moveToDeadLetter(
            .empty, message, error: ApplicationError.conflict(code: "WHY", "because", details: ["a": 1]))
        let letter = try #require(try await first.readDeadLetters(.empty, 1).first)
        try await first.close(.empty)
        let second = try await open(disk)
        let stored = try #require(try await second.readDeadLetters(.empty, 1).first)
        #expect(stored.error.code == "WHY")
        #expect(stored.error.details == ["a": 1])
        #expect(stored.message.messageAsString == "a")
        #expect(stored.message.deliveryCount == 1)
        #expect(abs(stored.time.timeIntervalSince(letter.time)) < 0.001)
        #expect(try await second.replayDeadLetters(.empty, ids: nil) == 1)
        try await second.close(.empty)
        let third = try await open(disk)
        #expect(try await third.readDeadLetters(.empty, 1).isEmpty)
        #expect(try await receive(third)?.deliveryCount == 1)
        try await third.close(.empty)
    }

    @Test("After a crash at any time, all sent and uncompleted messages exist", arguments: [1, 2, 3])
    func crash(_ seed: UInt64) async throws {
        // How many operations the whole work takes.
        let whole = SimulatedDisk()
        _ = try await work(whole)
        for end in stride(from: 1, to: whole.operations, by: 3) {
            let disk = SimulatedDisk(crashAfter: end)
            let (sent, completed) = (try? await work(disk)) ?? ([], [])
            let queue = try await open(disk.afterCrash(.some(seed: seed)))
            var left: Set<String> = []
            while let message = try await receive(queue) {
                left.insert(message.messageAsString ?? "")
                try await queue.complete(.empty, message)
            }
            #expect(left.isSuperset(of: Set(sent).subtracting(completed)), "crash after \(end)")
            #expect(left.isDisjoint(with: completed), "crash after \(end)")
            try await queue.close(.empty)
        }
    }

    /// Sends and completes messages. Returns what was said to be sent, and what was said to be completed; stops at the
    /// first error.
    private func work(_ disk: SimulatedDisk) async throws -> (sent: [String], completed: [String]) {
        let queue = try await open(disk)
        var (sent, completed): ([String], [String]) = ([], [])
        do {
            for number in 0..<6 {
                try await queue.send(.empty, MessageEnvelope(.empty, "t", "\(number)"))
                sent.append("\(number)")
                guard number % 2 == 1, let message = try await receive(queue) else { continue }
                let text = message.messageAsString ?? ""
                do {
                    try await queue.complete(.empty, message)
                    completed.append(text)
                } catch {
                    // It may be on the disk or not.
                    sent.removeAll { $0 == text }
                    throw error
                }
            }
            try await queue.close(.empty)
        } catch {}
        return (sent, completed)
    }

    /// A disk that fails for a while after the first message was sent.
    private func failingDisk() async throws -> SimulatedDisk {
        let disk = SimulatedDisk()
        let queue = try await open(disk)
        try await send(queue, ["a"])
        let start = disk.operations + 1
        try await queue.close(.empty)
        return SimulatedDisk(failing: start..<start + 20)
    }

    /// Tries again and again while the disk is full. Returns how often it failed.
    private func untilStored(_ body: () async throws -> Void) async throws -> Int {
        for failures in 0..<1_000 {
            do {
                try await body()
                return failures
            } catch let error as ApplicationError {
                #expect(error.code == "WRITE_FAILED")
            }
        }
        return .max
    }

    @Test("While the disk is full, sends fail and nothing is lost") func fullDisk() async throws {
        // A failed attempt must not take up room.
        let queue = try await open(failingDisk(), ["options.max_size": "2", "options.send_timeout": "0"])
        try await send(queue, ["a"])
        let failures = try await untilStored { try await send(queue, ["b"]) }
        #expect((1..<1_000).contains(failures))
        #expect(try await queue.peekBatch(.empty, 10).map(\.messageAsString) == ["a", "b"])
        try await queue.close(.empty)
    }

    @Test("A message whose completion cannot be stored stays locked, and is completed later")
    func fullDiskAtCompletion() async throws {
        let queue = try await open(failingDisk())
        try await send(queue, ["a"])
        let message = try #require(try await receive(queue))
        let failures = try await untilStored { try await queue.complete(.empty, message) }
        #expect((1..<1_000).contains(failures))
        #expect(try await queue.readMessageCount(.empty) == 0)
        #expect(try await receive(queue) == nil)
        try await queue.close(.empty)
    }

    @Test("A message in the file that cannot be read becomes a dead letter with the reason") func poison() async throws
    {
        let disk = SimulatedDisk()
        disk.put(Self.path, #"[{"id":"1","message":"%%%"},{"id":"2","message_id":"x","message":"Z29vZA=="}]"#)
        let queue = try await open(disk)
        #expect(try await receive(queue)?.messageAsString == "good")
        #expect(try await queue.readDeadLetters(.empty, 10).map(\.error.code) == ["BAD_MESSAGE"])
        try await queue.close(.empty)
    }

    @Test("An implausible delivery count in the file is ignored") func hostileCount() async throws {
        let disk = SimulatedDisk()
        let text = #"[{"id":"1","message":"YQ=="},{"id":"1.deliveries","deliveries":9223372036854775807}]"#
        disk.put(Self.path, text)
        let queue = try await open(disk)
        #expect(try await receive(queue) == nil)
        #expect(try await queue.readDeadLetters(.empty, 10).map(\.error.code) == ["TOO_MANY_DELIVERIES"])
        try await queue.close(.empty)
    }

    @Test(
        "A file that is not a queue's is an error, and left as it is",
        arguments: [
            "{", "[1]", #"[{"id":1}]"#, #"[{"id":"a"}]"#, #"[{"id":"0"}]"#, #"[{"id":"+1"}]"#, #"[{"id":"01"}]"#,
            #"[{"id":"9223372036854775807"}]"#, #"[{"id":".deliveries"}]"#,
        ])
    func otherFile(_ text: String) async throws {
        let disk = SimulatedDisk()
        disk.put(Self.path, text)
        do {
            _ = try await open(disk)
            Issue.record("It was opened")
        } catch let error as ApplicationError {
            #expect(error.code == "READ_FAILED")
        }
    }

    @Test("A queue without a path is an error") func noPath() async throws {
        let queue = try await assemble(FileMessageQueue("q"))
        do {
            try await queue.open(.empty)
            Issue.record("It was opened")
        } catch let error as ApplicationError {
            #expect(error.code == "NO_PATH")
        }
    }
}
