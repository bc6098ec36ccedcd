#if PIP_ACTIVEMQ
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// Brokers that say what no broker should.
@Suite struct STOMPHostileTests {
    private static let connected = "CONNECTED\nversion:1.2\n\n\0"

    /// Opens a connection to a server that answers a question with something.
    private static func opening(_ answer: @escaping @Sendable (String) -> String) async throws -> String {
        let server = try AnsweringServer(answer)
        return try await STOMPFixture.opening(
            .activeMQ,
            try STOMPFixture.config(
                .activeMQ, server.port, ["options.connect_timeout": "1000", "options.max_frame_size": "1000"])
        ).message
    }

    @Test(
        "A handshake that does not end, or ends in noise, is an error within its time",
        arguments: [
            ("", "did not answer"), ("CONNECTED\nversion:1.2\n\nno end", "did not answer"),
            ("CONNECTED\n" + String(repeating: "a:b\n", count: 1_001) + "\n\0", "more than 1000 headers"),
            ("CONNECTED\na:" + String(repeating: "x", count: 262_144), "bytes of headers"),
            ("HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n\0", "where that is not expected"),
            ("MESSAGE\nsubscription:1\n\n\0", "where that is not expected"),
            ("CONNECTED\nversion:9\n\n\0", "which was not offered"), ("ERROR\nmessage:go away\n\n\0", "go away"),
            ("CONNECTED\ncontent-length:1\n\nab\0", "longer than its content-length"),
        ])
    func handshakes(_ answer: String, _ message: String) async throws {
        let found = try await Self.opening { _ in answer }
        #expect(found.contains(message), "\(found)")
    }

    @Test("A broker that sends more messages than requested is disconnected, and memory stays bounded")
    func flood() async throws {
        let message = "MESSAGE\nsubscription:1\nack:1\n\nx\0"
        let server = try AnsweringServer { question in
            if question.contains("CONNECT") { return Self.connected }
            guard question.contains("SUBSCRIBE") else { return "" }
            let receipt = question.split(separator: "\n").first { $0.hasPrefix("receipt:") }?.dropFirst(8) ?? ""
            return "RECEIPT\nreceipt-id:\(receipt)\n\n\0" + String(repeating: message, count: 300)
        }
        let logger = RecordingLogger(level: .warn)
        try await STOMPFixture.with(.activeMQ, server.port, [:], logger: logger) { connection in
            let queue = try await connection.queue("q", ["options.prefetch": "10"])
            try await waitUntil(within: .seconds(30)) {
                logger.messages.contains { $0.message.contains("more messages than were asked for") }
            }
            #expect((stompConnector(queue)?.unacknowledgedCount("q") ?? 0) <= 36)
            try await queue.close(.empty)
        }
    }

    @Test("Unknown receipts and messages are ignored") func strangers() async throws {
        let server = try AnsweringServer { question in
            if question.contains("CONNECT") { return Self.connected }
            let receipt = question.split(separator: "\n").first { $0.hasPrefix("receipt:") }?.dropFirst(8) ?? ""
            let noise = ["", "99", "-1", "x", "18446744073709551616"].map { "RECEIPT\nreceipt-id:\($0)\n\n\0" }
            return noise.joined() + "RECEIPT\n\n\0MESSAGE\n\nx\0MESSAGE\nsubscription:77\n\nx\0"
                + "RECEIPT\nreceipt-id:\(receipt)\n\n\0"
        }
        try await STOMPFixture.with(.activeMQ, server.port) { connection in
            try await connection.queue("q", ["options.autosubscribe": "false"]).sendText("a")
        }
        #expect(server.connections == 1)
    }

    @Test("An acknowledgement that the broker rejects ends the session and the lock") func refusedAck()
        async throws
    {
        let server = try AnsweringServer { question in
            if question.contains("CONNECT") { return Self.connected }
            let receipt = question.split(separator: "\n").first { $0.hasPrefix("receipt:") }?.dropFirst(8) ?? ""
            if question.contains("ACK") { return "ERROR\nmessage:no such message\nreceipt-id:\(receipt)\n\n\0" }
            return "RECEIPT\nreceipt-id:\(receipt)\n\n\0MESSAGE\nsubscription:1\nack:1\n\nx\0"
        }
        try await STOMPFixture.with(.activeMQ, server.port) { connection in
            let queue = try await connection.queue("q")
            let message = try await queue.next()
            let error = await #expect(throws: ApplicationError.self) { try await queue.complete(.empty, message) }
            #expect(error?.code == "REFUSED")
            #expect(error?.message.contains("no such message") == true)
            #expect(await DriverFixture.code { try await queue.complete(.empty, message) } == "LOCK_EXPIRED")
            try await waitUntil(within: .seconds(30)) { server.connections == 3 }
            try await queue.close(.empty)
        }
    }

    /// The receipt that a question asks for, as a frame.
    private static func receipt(_ question: String) -> String {
        let id = question.split(separator: "\n").first { $0.hasPrefix("receipt:") }?.dropFirst(8) ?? ""
        return "RECEIPT\nreceipt-id:\(id)\n\n\0"
    }

    @Test("An unresponsive broker delays neither a cancelled receiver nor closing a queue")
    func mute() async throws {
        let connects = Locked(0)
        let server = try AnsweringServer { question in
            guard question.contains("CONNECT"),
                connects.withLock({
                    $0 += 1
                    return $0
                }) == 1
            else { return "" }
            return Self.connected
        }
        try await STOMPFixture.with(.activeMQ, server.port, ["options.connect_timeout": "600000"]) { connection in
            let queue = try await connection.queue("q", ["options.autosubscribe": "false"])
            let ended = Locked(0)
            let receive = Task {
                defer { ended.withLock { $0 += 1 } }
                _ = try await queue.receive(.empty, waitTimeout: .seconds(60))
            }
            try await waitUntil(within: .seconds(30)) { connects.current == 2 }
            receive.cancel()
            try await waitUntil(within: .seconds(30)) { ended.current == 1 }
            let close = Task {
                defer { ended.withLock { $0 += 1 } }
                try await queue.close(.empty)
            }
            try await waitUntil(within: .seconds(30)) { ended.current == 2 }
            try await close.value
        }
    }

    @Test("Messages that could not be cleared are redelivered") func failedClear() async throws {
        let server = try AnsweringServer { question in
            if question.contains("CONNECT\n") && !question.contains("DISCONNECT") { return Self.connected }
            if question.contains("ACK") { return "" }
            let isSubscription = question.contains("SUBSCRIBE")
            return Self.receipt(question) + (isSubscription ? "MESSAGE\nsubscription:1\nack:1\n\nx\0" : "")
        }
        try await STOMPFixture.with(.activeMQ, server.port, ["options.command_timeout": "2000"]) { connection in
            let queue = try await connection.queue("q")
            try await waitUntil(within: .seconds(30)) { stompConnector(queue)?.unacknowledgedCount("q") == 1 }
            #expect(await DriverFixture.code { try await queue.clear(.empty) } == "NO_ANSWER")
            let again = try await queue.receive(.empty, waitTimeout: .seconds(30))
            #expect(again?.messageAsString == "x")
            try await queue.close(.empty)
        }
    }

    @Test("A dead letter does not expire", arguments: STOMPFixture.brokers)
    func lastingDeadLetter(_ broker: STOMPBroker) async throws {
        let copies = Locked<[String]>([])
        let server = try AnsweringServer { question in
            if question.contains("CONNECT\n") && !question.contains("DISCONNECT") { return Self.connected }
            if question.contains("q.dead") { copies.withLock { $0.append(question) } }
            guard question.contains("SUBSCRIBE") else { return Self.receipt(question) }
            return Self.receipt(question)
                + "MESSAGE\nsubscription:1\nack:1\nexpires:99999999999999\nexpiration:60000\nown:1\n\nx\0"
        }
        try await STOMPFixture.with(broker, server.port) { connection in
            let queue = try await connection.queue("q")
            try await queue.moveToDeadLetter(.empty, try await queue.next())
            try await queue.close(.empty)
        }
        #expect(copies.current.count == 1)
        #expect(copies.current.first?.contains("\nown:1\n") == true)
        #expect(copies.current.first?.contains("\n\(broker.expiryHeader):") == false)
    }

    @Test("A broker that floods a reader of dead letters is disconnected")
    func floodOfDeadLetters() async throws {
        let server = try AnsweringServer { question in
            if question.contains("CONNECT\n") && !question.contains("DISCONNECT") { return Self.connected }
            if question.contains("ACK") { return "" }
            let message = "MESSAGE\nsubscription:1\nack:1\n\nx\0"
            let flood = question.contains("SUBSCRIBE") ? String(repeating: message, count: 1_000) : ""
            return Self.receipt(question) + flood
        }
        try await STOMPFixture.with(.activeMQ, server.port) { connection in
            let queue = try await connection.queue(
                "q", ["options.max_dead_letters": "10", "options.autosubscribe": "false"])
            let error = await #expect(throws: ApplicationError.self) { _ = try await queue.readDeadLetters(.empty, 1) }
            #expect(error?.code == "CONNECTION_LOST")
            #expect(error?.message.contains("more messages than were asked for") == true)
            try await queue.close(.empty)
        }
    }

    @Test("Child processes do not inherit the sockets of a connection") func descriptors()
        async throws
    {
        let server = try AnsweringServer { question in
            question.contains("DISCONNECT") || !question.contains("CONNECT") ? Self.receipt(question) : Self.connected
        }
        /// Which descriptors of this process lead to the server, and whether each is closed in another one.
        func sockets() throws -> [Bool] {
            try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap { Int32($0) }.compactMap {
                var (peer, size) = (sockaddr_in(), socklen_t(MemoryLayout<sockaddr_in>.size))
                let descriptor = $0
                let result = withUnsafeMutablePointer(to: &peer) { pointer in
                    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(descriptor, $0, &size) }
                }
                guard result == 0, Int(UInt16(bigEndian: peer.sin_port)) == server.port else { return nil }
                return fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0
            }
        }
        try await STOMPFixture.with(.activeMQ, server.port) { connection in
            let queue = try await connection.queue("q")
            #expect(try sockets() == [true, true])
            try await queue.close(.empty)
        }
    }
}
#endif
