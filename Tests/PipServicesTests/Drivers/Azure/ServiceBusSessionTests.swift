#if PIP_AZURE && PIP_AMQP
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// Tests the sessions of Service Bus on the stand-in.
@Suite(.enabled(if: ServiceBusFixture.missing == nil, "\(ServiceBusFixture.missing ?? "")"))
struct ServiceBusSessionTests {
    private static let sessions: ConfigParams = ["options.requires_session": "true"]

    private func name(_ kind: String = "session") -> String { ServiceBusFixture.name(kind) }

    private func queue(
        _ name: String, _ more: ConfigParams = [:], port: Int? = nil
    ) async throws -> ServiceBusMessageQueue {
        try await ServiceBusFixture.queue(name, port, Self.sessions.override(more))
    }

    /// Sends messages with the first letter of each as its group.
    private func send(_ queue: any MessageQueue, _ texts: String..., type: String? = "t") async throws {
        for text in texts {
            try await queue.send(.empty, MessageEnvelope(.empty, type, text, group: String(text.prefix(1))))
        }
    }

    private func next(_ queue: any MessageQueue) async throws -> MessageEnvelope {
        try #require(try await queue.receive(.empty, waitTimeout: .seconds(30)), "no message has come")
    }

    /// Receives and completes the next messages.
    private func take(_ queue: any MessageQueue, _ count: Int) async throws -> [String] {
        var texts: [String] = []
        while texts.count < count {
            let message = try await next(queue)
            texts.append(message.messageAsString ?? "")
            try await queue.complete(.empty, message)
        }
        return texts
    }

    private func peer(_ command: String, _ name: String, _ texts: String...) async throws -> String {
        try await DriverFixture.python(
            "service_bus_peer.py", ["\(try ServiceBusFixture.port())", command, name] + texts)
    }

    @Test("Azure's own client accepts the stand-in's sessions") func officialClient() async throws {
        let text = try await peer("sessions", name())
        let expected =
            #"[["a", "b"], ["a1", 1, "a"], ["a2"], true, "state", "cannot be locked", "no session", ["a2"], "#
            + #"true, true, true, "session lost", "session lost"]"#
        #expect(text.contains(expected), "\(text)")
    }

    @Test("Azure's own client and the driver read each other's sessions and session states") func interoperation()
        async throws
    {
        let name = name()
        let queue = try await queue(name)
        try await send(queue, "a1", "a2")
        let first = try await next(queue)
        try await queue.writeSessionState(.empty, first, Array("half".utf8))
        try await queue.complete(.empty, first)
        // No receiver requests the next message, so the session is released.
        let received = try await peer("receive_session", name, "a")
        #expect(received.contains(#"["a", ["a2"], "half"]"#), "\(received)")
        _ = try await peer("send_session", name, "b1", "b2")
        let got = try await next(queue)
        #expect((got.messageAsString, got.group, got.deliveryCount) == ("b1", "b", 1))
        try await queue.complete(.empty, got)
        #expect(try await take(queue, 1) == ["b2"])
        try await queue.close(.empty)
    }

    @Test("A listener handles sessions concurrently, and the messages of each session in order")
    func order() async throws {
        let queue = try await queue(name())
        let (rounds, groups) = (10, ["a", "b", "c", "d", "e"])
        for round in 0..<rounds { for group in groups { try await send(queue, "\(group)\(round)") } }
        struct Seen: Sendable {
            var texts: [String: [String]] = [:]
            var running: [String: Int] = [:]
            var overlaps = 0
            var most = 0
        }
        let seen = Locked(Seen())
        let receiver = CallbackMessageReceiver { _, message, _ in
            let group = message.group ?? ""
            seen.withLock { seen in
                seen.running[group, default: 0] += 1
                if seen.running[group] ?? 0 > 1 { seen.overlaps += 1 }
                seen.most = max(seen.most, seen.running.values.count { $0 > 0 })
            }
            try await Task.sleep(for: .milliseconds(5))
            seen.withLock { seen in
                seen.running[group, default: 0] -= 1
                seen.texts[group, default: []].append(message.messageAsString ?? "")
            }
        }
        try await queue.beginListen(.empty, concurrency: 3, receiver)
        try await waitUntil(within: .seconds(60)) {
            seen.withLock { $0.texts.values.reduce(0) { $0 + $1.count } } == rounds * groups.count
        }
        let result = seen.current
        for group in groups { #expect(result.texts[group] == (0..<rounds).map { "\(group)\($0)" }) }
        #expect(result.overlaps == 0)
        #expect(result.most == 3)
        try await queue.close(.empty)
    }

    @Test("A message that waits for its redelivery holds back its own session only") func redelivery()
        async throws
    {
        let queue = try await queue(name())
        try await send(queue, "a1", "a2", "b1")
        let first = try await next(queue)
        #expect(first.messageAsString == "a1")
        try await queue.abandon(.empty, first, delay: .seconds(1))
        #expect(try await take(queue, 1) == ["b1"])
        let again = try await next(queue)
        #expect((again.messageAsString, again.deliveryCount) == ("a1", 2))
        try await queue.complete(.empty, again)
        #expect(try await take(queue, 1) == ["a2"])
        try await queue.close(.empty)
    }

    @Test("A waiting receiver gets the session that another task left") func handedOver() async throws {
        let queue = try await queue(name())
        try await send(queue, "a1", "a2")
        let first = try await next(queue)
        let waiting = Task { try await queue.receive(.empty, waitTimeout: .seconds(30)) }
        #expect(try await queue.receive(.empty, waitTimeout: .milliseconds(300)) == nil)
        try await queue.complete(.empty, first)
        #expect(try await waiting.value?.messageAsString == "a2")
        try await queue.close(.empty)
    }

    @Test("An empty session is left at once, or after session_idle_timeout") func idle() async throws {
        let names = [name(), name()]
        let quick = try await queue(names[0])
        try await send(quick, "a1", "b1")
        #expect(try await take(quick, 2) == ["a1", "b1"])
        try await quick.close(.empty)
        let patient = try await queue(names[1], ["options.session_idle_timeout": "60000"])
        try await send(patient, "a1", "b1")
        #expect(try await take(patient, 1) == ["a1"])
        #expect(try await patient.receive(.empty, waitTimeout: .milliseconds(500)) == nil)
        #expect(try await take(patient, 1) == ["b1"])
        try await patient.close(.empty)
    }

    @Test("Only the session session_id is received, and SESSION_LOCKED is thrown if another receiver holds it")
    func named() async throws {
        let name = name()
        let queue = try await queue(name, ["options.session_id": "b"])
        try await send(queue, "a1", "b1", "b2")
        #expect(try await take(queue, 2) == ["b1", "b2"])
        #expect(try await queue.receive(.empty, waitTimeout: .zero) == nil)
        let other = try await self.queue(name, ["options.session_id": "b"])
        let error = await #expect(throws: ApplicationError.self) {
            _ = try await other.receive(.empty, waitTimeout: .seconds(5))
        }
        #expect(error?.code == "SESSION_LOCKED")
        #expect(error?.message.contains("'b'") == true)
        try await queue.close(.empty)
        try await send(other, "b3")
        #expect(try await take(other, 1) == ["b3"])
        try await other.close(.empty)
    }

    @Test("The lock of a session is renewed while a handler runs, and while a receiver waits") func renewal()
        async throws
    {
        let name = name("session.lock-4000")
        let queue = try await queue(name, ["options.session_id": "a"])
        let waiting = Task { try await queue.receive(.empty, waitTimeout: .seconds(30)) }
        try await Task.sleep(for: .seconds(5))
        try await send(queue, "a1")
        let got = try #require(try await waiting.value)
        let isDone = await queue.handle(.empty, got) { _, _ in try await Task.sleep(for: .seconds(5)) }
        #expect(isDone)
        // If the lock had been lost, the session would be free.
        let other = try await self.queue(name, ["options.session_id": "a"])
        #expect(
            await DriverFixture.code { _ = try await other.receive(.empty, waitTimeout: .seconds(1)) }
                == "SESSION_LOCKED")
        for queue in [queue, other] { try await queue.close(.empty) }
    }

    @Test("A lost session lock causes SESSION_LOCK_LOST, and the message is redelivered") func lost() async throws {
        let queue = try await queue(name())
        try await send(queue, "a1")
        let old = try await next(queue)
        try await send(queue, "x", type: "test:lose")
        let error = await #expect(throws: ApplicationError.self) { try await queue.complete(.empty, old) }
        #expect(error?.code == "SESSION_LOCK_LOST")
        #expect(error?.message.contains("'a'") == true)
        #expect(try await take(queue, 1) == ["a1"])
        try await queue.close(.empty)
    }

    @Test("A handler is cancelled when its session is lost") func lostWhileHandled() async throws {
        let queue = try await queue(name("session.lock-1500"), ["options.lock_timeout": "900"])
        try await send(queue, "a1")
        let got = try await next(queue)
        let isCancelled = Locked(false)
        let isDone = await queue.handle(.empty, got) { _, _ in
            try await send(queue, "x", type: "test:lose")
            do {
                try await Task.sleep(for: .seconds(30))
            } catch {
                isCancelled.withLock { $0 = true }
                throw error
            }
        }
        #expect(!isDone)
        try await waitUntil(within: .seconds(30)) { isCancelled.current }
        #expect(
            await DriverFixture.code { try await queue.complete(.empty, got) } == "SESSION_LOCK_LOST")
        #expect(try await take(queue, 1) == ["a1"])
        try await queue.close(.empty)
    }

    @Test("Sessions are requested again after the connection was lost") func connectionLost() async throws {
        let proxy = try FaultProxy(to: ServiceBusFixture.port())
        let queue = try await queue(name(), port: proxy.port)
        try await send(queue, "a1", "a2")
        let old = try await next(queue)
        proxy.reset()
        try await waitUntil(within: .seconds(30)) {
            await DriverFixture.code { try await queue.renewLock(.empty, old, lockTimeout: .seconds(30)) }
                == "SESSION_LOCK_LOST"
        }
        #expect(await DriverFixture.code { try await queue.complete(.empty, old) } == "SESSION_LOCK_LOST")
        #expect(try await take(queue, 2) == ["a1", "a2"])
        let waiting = Task { try await queue.receive(.empty, waitTimeout: .seconds(30)) }
        proxy.reset()
        try await send(queue, "b1")
        #expect(try await waiting.value?.messageAsString == "b1")
        try await queue.close(.empty)
    }

    @Test("A link that the broker detaches is replaced") func detached() async throws {
        let queue = try await queue(name())
        try await send(queue, "a1", "a2")
        let old = try await next(queue)
        try await send(queue, "x", type: "test:detach")
        #expect(try await take(queue, 2) == ["a1", "a2"])
        #expect(await DriverFixture.code { try await queue.complete(.empty, old) } == "SESSION_LOCK_LOST")
        try await queue.close(.empty)
    }

    @Test("The state of a session can be read and written while one of its messages is unsettled") func state()
        async throws
    {
        let queue = try await queue(name())
        try await send(queue, "a1")
        let message = try await next(queue)
        #expect(try await queue.readSessionState(.empty, message) == nil)
        try await queue.writeSessionState(.empty, message, [1, 2])
        #expect(try await queue.readSessionState(.empty, message) == [1, 2])
        try await queue.writeSessionState(.empty, message, nil)
        #expect(try await queue.readSessionState(.empty, message) == nil)
        try await queue.complete(.empty, message)
        #expect(
            await DriverFixture.code { _ = try await queue.readSessionState(.empty, message) } == "ALREADY_SETTLED")
        #expect(
            await DriverFixture.code { _ = try await queue.readSessionState(.empty, MessageEnvelope(.empty, "t", "x")) }
                == "NOT_RECEIVED")
        try await queue.close(.empty)
        let plain = try await ServiceBusFixture.queue(ServiceBusFixture.name())
        #expect(
            await DriverFixture.code { _ = try await plain.readSessionState(.empty, message) } == "NOT_SUPPORTED")
        try await plain.close(.empty)
    }

    @Test("A setting that does not match the queue causes an error that names the setting") func wrongSetting()
        async throws
    {
        let error = await #expect(throws: ApplicationError.self) { _ = try await ServiceBusFixture.queue(name()) }
        #expect(error?.code == "SESSIONS_REQUIRED")
        #expect(error?.message.contains("'options.requires_session' is false") == true)
        let plain = try await queue(ServiceBusFixture.name())
        let second = await #expect(throws: ApplicationError.self) {
            _ = try await plain.receive(.empty, waitTimeout: .seconds(5))
        }
        #expect(second?.code == "SESSIONS_NOT_ENABLED")
        #expect(second?.message.contains("'options.requires_session' is true") == true)
        try await plain.close(.empty)
        #expect(await DriverFixture.code { _ = try await queue(name("missing")) } == "UNKNOWN_QUEUE")
    }

    @Test("A message without a group is a session of its own, also if scheduled") func withoutGroup() async throws {
        let queue = try await queue(name())
        #expect(queue.capabilities.canGroup)
        var message = MessageEnvelope(.empty, "t", "alone")
        message.messageId = "id-1"
        try await queue.send(.empty, message)
        #expect(try await next(queue).group == "id-1")
        message.messageId = "id-2"
        _ = try await queue.schedule(.empty, message, at: Date().addingTimeInterval(0.5))
        #expect(try await next(queue).group == "id-2")
        try await queue.close(.empty)
    }

    @Test("Dead letters keep their session and are replayed to it") func deadLetters() async throws {
        let queue = try await queue(name())
        try await send(queue, "a1", "a2")
        try await queue.moveToDeadLetter(.empty, try await next(queue), error: nil)
        #expect(try await take(queue, 1) == ["a2"])
        #expect(try await queue.readDeadLetters(.empty, 10).map(\.message.group) == ["a"])
        #expect(try await queue.replayDeadLetters(.empty, ids: nil) == 1)
        let again = try await next(queue)
        #expect((again.messageAsString, again.group) == ("a1", "a"))
        try await queue.close(.empty)
    }

    @Test("Clearing removes the messages of all sessions, including held ones") func clear() async throws {
        let queue = try await queue(name())
        try await send(queue, "a1", "a2", "b1", "c1")
        let held = try await next(queue)
        try await queue.clear(.empty)
        #expect(try await queue.peekBatch(.empty, 10).isEmpty)
        #expect(await DriverFixture.code { try await queue.complete(.empty, held) } == "ALREADY_SETTLED")
        try await send(queue, "d1")
        #expect(try await take(queue, 1) == ["d1"])
        try await queue.close(.empty)
    }

    @Test("A subscription may require sessions") func topic() async throws {
        let topic = try await ServiceBusFixture.topic(
            ServiceBusFixture.name("topic"), Self.sessions.override(["subscription": "session.one"]))
        try await send(topic, "a1", "b1", "a2")
        let first = try await next(topic)
        let second = try await next(topic)
        #expect([first, second].map(\.messageAsString) == ["a1", "b1"])
        try await topic.writeSessionState(.empty, second, [7])
        #expect(try await topic.readSessionState(.empty, second) == [7])
        try await topic.complete(.empty, first)
        #expect(try await take(topic, 1) == ["a2"])
        try await topic.close(.empty)
    }
}
#endif
