#if PIP_MQTT
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// What networks and brokers do to those who depend on them: nothing that was acknowledged is lost.
@Suite struct MQTTFaultTests {
    private static let count = TestSize.isFull ? 100_000 : 5_000

    /// Short back-offs, and a session that survives a loss.
    private static func config(_ more: ConfigParams = [:]) -> ConfigParams {
        ConfigParams([
            "client_id": "fault-\(IdGenerator.nextLong())", "options.clean_session": "false",
            "options.reconnect_timeout": "20", "options.max_reconnect_timeout": "200", "options.ack_timeout": "1000",
        ]).override(more)
    }

    /// Sends messages by several tasks, each one until it is acknowledged.
    private static func send(_ connection: MQTTConnection, _ topic: String, _ count: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<20 {
                group.addTask {
                    for number in stride(from: worker, to: count, by: 20) {
                        try await connection.publish(.empty, MQTTMessage(topic, text: "\(number)"))
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// Numbers that have come.
    private final class Numbers: Sendable {
        private let seen = Locked<Set<Int>>([])
        private let total = Locked(0)
        var count: Int { seen.withLock { $0.count } }
        var duplicates: Int { total.current - count }
        func add(_ message: MQTTMessage) {
            guard let number = Int(String(decoding: message.payload, as: UTF8.self)) else { return }
            seen.withLock { _ = $0.insert(number) }
            total.withLock { $0 += 1 }
        }
    }

    @Test(
        "Of thousands of messages, none is lost over connections that are reset repeatedly",
        arguments: ["5", "3.1.1"])
    func resets(version: String) async throws {
        let proxy = try FaultProxy(to: MQTTFixture.port())
        let topic = MQTTFixture.topic()
        let numbers = Numbers()
        // Back-offs shorter than the peace: most of the time goes into messages.
        let config = Self.config(["options.protocol_version": version, "options.max_reconnect_timeout": "40"])
        try await MQTTFixture.with(proxy.port, config) { connection in
            _ = try await connection.subscribe(.empty, topic) { numbers.add($0) }
            proxy.disturb(everyMilliseconds: 20..<100)
            try await Self.send(connection, topic, Self.count)
            proxy.disturb(everyMilliseconds: nil)
            try await waitUntil(within: .seconds(60)) { numbers.count == Self.count }
            #expect(proxy.faults > 3)
        }
    }

    @Test(
        "After a reset, subscriptions are renewed without a session, and the loss is logged once",
        arguments: [0, 1, 2])
    func resubscription(qos: Int) async throws {
        let proxy = try FaultProxy(to: MQTTFixture.port())
        let topic = MQTTFixture.topic()
        let logger = RecordingLogger(level: .warn)
        try await MQTTFixture.with(proxy.port, ["options.reconnect_timeout": "20"], logger: logger) { connection in
            let inbox = try await connection.collect(topic, qos: qos)
            for round in 1...5 {
                let before = proxy.connections
                proxy.reset()
                // Both clients connect again.
                try await waitUntil(within: .seconds(30)) {
                    let isReady = await DriverFixture.code { try await connection.checkReadiness(.empty) } == nil
                    return isReady && proxy.connections >= before + 2
                }
                try await waitUntil(within: .seconds(30)) {
                    try await connection.publish(.empty, MQTTMessage(topic, text: "\(round)", qos: qos))
                    return inbox.texts.contains("\(round)")
                }
            }
            #expect(logger.messages.filter { $0.message.contains("is lost") }.count <= 10)
            #expect(logger.messages.contains { $0.message.contains("is lost") })
        }
    }

    @Test("A graceful stop of a persistent broker loses nothing") func brokerRestart() async throws {
        try await Program.withFolder { folder in
            let broker = try await ServerProcess.mosquitto(
                [
                    "allow_anonymous true", "persistence true", "persistence_location \(folder)/",
                    "max_queued_messages 0", "autosave_interval 1800",
                ], in: folder)
            let numbers = Numbers()
            let count = Self.count / 2
            try await MQTTFixture.with(broker.port, Self.config()) { connection in
                _ = try await connection.subscribe(.empty, "t") { numbers.add($0) }
                async let sending: Void = Self.send(connection, "t", count)
                for part in 1...3 {
                    try await waitUntil(within: .seconds(60)) { numbers.count > count * part / 5 }
                    try await broker.terminate()
                    try await broker.start()
                }
                try await sending
                try await waitUntil(within: .seconds(60)) { numbers.count == count }
            }
        }
    }

    @Test("A killed broker is found again within the back-off") func brokerKilled() async throws {
        try await Program.withFolder { folder in
            let broker = try await ServerProcess.mosquitto(["allow_anonymous true"], in: folder)
            try await MQTTFixture.with(broker.port, Self.config()) { connection in
                let inbox = try await connection.collect("t")
                for round in 1...3 {
                    broker.kill()
                    try await waitUntil(within: .seconds(30)) {
                        await DriverFixture.code { try await connection.checkReadiness(.empty) } == "NO_CONNECTION"
                    }
                    let context = Context(deadline: SystemClock().uptime + .milliseconds(50))
                    let error = await #expect(throws: ApplicationError.self) {
                        try await connection.publish(context, MQTTMessage("t", text: "lost"))
                    }
                    #expect(error?.code == "NO_CONNECTION")
                    let waiting = Task { try await connection.publish(.empty, MQTTMessage("t", text: "\(round)")) }
                    try await broker.start()
                    let time = try await DriverFixture.time { try await waiting.value }
                    #expect(time < DriverFixture.bound(after: .milliseconds(1200)), "\(time)")
                    try await waitUntil(within: .seconds(30)) {
                        try await connection.publish(.empty, MQTTMessage("t", text: "again \(round)"))
                        return inbox.texts.contains("again \(round)")
                    }
                }
                #expect(!inbox.texts.contains("lost"))
            }
        }
    }

    @Test("An unresponsive broker is considered lost after ack_timeout, and the message is sent again") func silence()
        async throws
    {
        let proxy = try FaultProxy(to: MQTTFixture.port())
        try await MQTTFixture.with(proxy.port, Self.config(["options.ack_timeout": "200"])) { connection in
            let topic = MQTTFixture.topic()
            let inbox = try await connection.collect(topic)
            proxy.set(.swallow)
            let waiting = Task { try await connection.publish(.empty, MQTTMessage(topic, text: "a")) }
            try await waitUntil(within: .seconds(30)) {
                await DriverFixture.code { try await connection.checkReadiness(.empty) } != nil
            }
            proxy.set(.pass)
            try await waiting.value
            try await inbox.wait(for: 1)
        }
    }

    @Test("Bytes of an incomplete packet count as activity") func slowPacket() async throws {
        let server = try ScriptedServer { client in
            let connection = client.connection
            // The client id is the last of the first packet, and the payload of the second.
            guard connection.read(until: "slow") != nil else { return }
            connection.write("\u{20}\u{02}\u{00}\u{00}")
            guard connection.read(until: "payload") != nil else { return }
            // A message of 20 bytes, for longer than `ack_timeout`.
            connection.write("\u{30}\u{17}\u{00}\u{01}t")
            for _ in 0..<20 {
                usleep(50_000)
                connection.write("x")
            }
            connection.write("\u{40}\u{02}\u{00}\u{01}")
            while !client.isStopped { usleep(10_000) }
        }
        let config: ConfigParams = [
            "client_id": "slow", "options.protocol_version": "3.1.1", "options.ack_timeout": "400",
            "options.command_timeout": "20000",
        ]
        try await MQTTFixture.with(server.port, config) { connection in
            try await connection.publish(.empty, MQTTMessage("t", text: "payload"))
            #expect(server.connections == 1)
        }
    }

    @Test("With a slow consumer, buffering is bounded, sending continues, and nothing is lost")
    func slowConsumer() async throws {
        try await MQTTFixture.with(nil, Self.config()) { connection in
            let topic = MQTTFixture.topic()
            let numbers = Numbers()
            let isOpen = Locked(false)
            let taken = Locked(0)
            _ = try await connection.subscribe(.empty, topic) { message in
                taken.withLock { $0 += 1 }
                try await waitUntil(within: .seconds(120)) { isOpen.current }
                numbers.add(message)
            }
            // More than the sockets between them hold.
            let padding = String(repeating: " ", count: 20_000)
            for number in 0..<500 {
                try await connection.publish(.empty, MQTTMessage(topic, text: "\(number)"))
                try await connection.publish(.empty, MQTTMessage(topic, text: padding))
            }
            #expect(taken.current == 1)
            #expect(connection.heldCount <= 2 * MQTTEngine.heldLimit)
            #expect(connection.heldCount >= MQTTEngine.heldLimit)
            isOpen.withLock { $0 = true }
            try await waitUntil(within: .seconds(60)) { numbers.count == 500 }
        }
    }

    @Test("Messages of an abandoned subscription do not block others")
    func droppedMessages() async throws {
        try await MQTTFixture.with { connection in
            let topic = MQTTFixture.topic()
            let isOpen = Locked(false)
            let subscription = try await connection.subscribe(.empty, topic) { _ in
                try await waitUntil(within: .seconds(60)) { isOpen.current }
            }
            for number in 0..<300 { try await connection.publish(.empty, MQTTMessage(topic, text: "\(number)")) }
            try await waitUntil(within: .seconds(30)) { connection.heldCount >= MQTTEngine.heldLimit }
            await connection.unsubscribe(.empty, subscription)
            try await waitUntil(within: .seconds(30)) { connection.heldCount == 1 }
            isOpen.withLock { $0 = true }
            let other = try await connection.collect(topic + "-other")
            try await connection.publish(.empty, MQTTMessage(topic + "-other", text: "a"))
            try await other.wait(for: 1)
            try await waitUntil(within: .seconds(30)) { connection.heldCount == 0 }
        }
    }

    @Test("While reading is stopped, keep-alive still works") func pausedKeepAlive() async throws {
        guard TestSize.isFull else { return }
        let config = Self.config(["options.keepalive_timeout": "5000"])
        let logger = RecordingLogger(level: .warn)
        try await MQTTFixture.with(nil, config, logger: logger) { connection in
            let topic = MQTTFixture.topic()
            let numbers = Numbers()
            let isOpen = Locked(false)
            _ = try await connection.subscribe(.empty, topic) { message in
                try await waitUntil(within: .seconds(120)) { isOpen.current }
                numbers.add(message)
            }
            for number in 0..<1000 { try await connection.publish(.empty, MQTTMessage(topic, text: "\(number)")) }
            try await Task.sleep(for: .seconds(15))
            isOpen.withLock { $0 = true }
            try await waitUntil(within: .seconds(60)) { numbers.count == 1000 }
            #expect(logger.messages.isEmpty)
        }
    }

    @Test(
        "Two clients with one id take over the connection only with a back-off", arguments: ["5", "3.1.1"])
    func sameId(version: String) async throws {
        let proxy = try FaultProxy(to: MQTTFixture.port())
        let logger = RecordingLogger(level: .warn)
        let config = Self.config([
            "options.protocol_version": version, "options.reconnect_timeout": "1000", "options.clean_session": "true",
            "options.max_reconnect_timeout": "10000",
        ])
        try await MQTTFixture.with(proxy.port, config, logger: logger) { first in
            try await MQTTFixture.with(proxy.port, config) { second in
                // mosquitto 2.0.11 does not tell which client has taken a connection over.
                try await waitUntil(within: .seconds(30)) {
                    logger.messages.contains { $0.message.contains("is 'client_id' used twice?") }
                }
                #expect(proxy.connections <= 8)
                _ = (first, second)
            }
        }
    }

    @Test("The number and size of messages waiting for a broker are limited") func boundedQueue() async throws {
        let proxy = try FaultProxy(to: MQTTFixture.port())
        let config = Self.config(["options.max_queue": "10", "options.max_queue_size": "10000"])
        try await MQTTFixture.with(proxy.port, config) { connection in
            try await connection.publish(.empty, MQTTMessage("t", text: ""))
            proxy.accept(false)
            proxy.reset()
            try await waitUntil(within: .seconds(30)) {
                await DriverFixture.code { try await connection.checkReadiness(.empty) } != nil
            }
            let codes = Locked<[String?]>([])
            let waiting = (0..<12).map { _ in
                Task {
                    let code = await DriverFixture.code {
                        try await connection.publish(.empty, MQTTMessage("t", text: ""))
                    }
                    codes.withLock { $0.append(code) }
                }
            }
            try await waitUntil(within: .seconds(30)) { codes.withLock { $0.count } == 2 }
            #expect(codes.current == ["QUEUE_FULL", "QUEUE_FULL"])
            proxy.accept(true)
            for task in waiting { await task.value }
            #expect(codes.current.filter { $0 == nil }.count == 10)
        }
    }

    @Test("A full in-flight window is sent again after a loss, followed by other messages", arguments: [1, 3])
    func fullInFlight(limit: Int) async throws {
        let proxy = try FaultProxy(to: MQTTFixture.port())
        let config = Self.config(["options.max_in_flight": "\(limit)"])
        try await MQTTFixture.with(proxy.port, config) { connection in
            let topic = MQTTFixture.topic()
            let inbox = try await connection.collect(topic)
            for round in 0..<5 {
                proxy.set(.swallowAnswers)
                let sending = (0..<10).map { number in
                    Task { try await connection.publish(.empty, MQTTMessage(topic, text: "\(round).\(number)")) }
                }
                try await waitUntil(within: .seconds(30)) { connection.inFlightCount == limit }
                proxy.reset()
                proxy.set(.pass)
                for task in sending { try await task.value }
                #expect(connection.inFlightCount == 0)
            }
            try await waitUntil(within: .seconds(30)) { Set(inbox.texts).count == 50 }
        }
    }

    @Test("A handler may send while the receive buffer is full") func handlerSends() async throws {
        try await MQTTFixture.with { connection in
            let topic = MQTTFixture.topic()
            let answers = try await connection.collect(topic + "-answers")
            let isOpen = Locked(false)
            _ = try await connection.subscribe(.empty, topic) { message in
                try await waitUntil(within: .seconds(60)) { isOpen.current }
                let context = Context(deadline: SystemClock().uptime + .seconds(20))
                try await connection.publish(context, MQTTMessage(topic + "-answers", message.payload))
            }
            for number in 0..<400 { try await connection.publish(.empty, MQTTMessage(topic, text: "\(number)")) }
            isOpen.withLock { $0 = true }
            try await answers.wait(for: 400)
        }
    }

    @Test("Closing under load on a flapping connection ends in time with all calls")
    func closeUnderLoad() async throws {
        let proxy = try FaultProxy(to: MQTTFixture.port())
        for round in 0..<10 {
            if round == 5 { proxy.disturb(everyMilliseconds: 1..<10) }
            let config = Self.config(["options.clean_session": "\(round % 2 == 0)", "options.retry_connect": "true"])
            try await MQTTFixture.with(proxy.port, config) { connection in
                let topic = MQTTFixture.topic()
                let calls = (0..<20).map { number in
                    Task {
                        if number == 0 {
                            return await DriverFixture.code { _ = try await connection.collect(topic) }
                        }
                        var code: String?
                        while code == nil {
                            code = await DriverFixture.code {
                                try await connection.publish(.empty, MQTTMessage(topic, text: "", qos: number % 3))
                            }
                        }
                        return code
                    }
                }
                try await Task.sleep(for: .milliseconds(50))
                let time = try await DriverFixture.time { try await connection.close(.empty) }
                #expect(time < DriverFixture.bound(after: .seconds(1)), "\(time)")
                for (number, call) in calls.enumerated() {
                    let code = await call.value
                    #expect(code == "NOT_OPENED" || number == 0, "\(code ?? "none")")
                }
            }
        }
    }

    @Test("Lost connections leak nothing") func noLeak() async throws {
        let proxy = try FaultProxy(to: MQTTFixture.port())
        try await MQTTFixture.with(proxy.port, Self.config(["options.max_reconnect_timeout": "40"])) { connection in
            let inbox = try await connection.collect(MQTTFixture.topic())
            for round in 1...20 {
                let before = proxy.connections
                proxy.reset()
                try await waitUntil(within: .seconds(30)) {
                    let isReady = await DriverFixture.code { try await connection.checkReadiness(.empty) } == nil
                    return isReady && proxy.connections >= before + 2
                }
                _ = (round, inbox)
            }
            #expect(Self.sockets(to: proxy.port) == 2)
        }
        try await waitUntil(within: .seconds(30)) { Self.sockets(to: proxy.port) == 0 }
    }

    /// How many sockets of the process are connected to a port.
    private static func sockets(to port: Int) -> Int {
        (Int32(3)..<1024).filter { Sockets.peer(of: $0) == port }.count
    }
}
#endif
