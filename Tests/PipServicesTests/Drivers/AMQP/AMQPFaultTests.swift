#if PIP_AMQP
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// What networks and brokers do to those who depend on them: nothing that was accepted is lost.
@Suite(.enabled(if: AMQPFixture.missing == nil, "\(AMQPFixture.missing ?? "")"))
struct AMQPFaultTests {
    private static let count = TestSize.isFull ? 20_000 : 500

    /// Short back-offs.
    private static let config: ConfigParams = [
        "options.reconnect_timeout": "20", "options.max_reconnect_timeout": "100",
    ]

    @Test("No message is lost over connections that are reset repeatedly") func resets() async throws {
        let proxy = try FaultProxy(to: AMQPFixture.port())
        let seen = Locked<Set<String>>([])
        try await AMQPFixture.with(proxy.port, Self.config) { connection in
            let queue = try await AMQPFixture.queue(
                connection, AMQPFixture.name(),
                ["options.redelivery_delay": "1", "options.max_deliveries": "1000", "options.autosubscribe": "false"])
            let receiver = CallbackMessageReceiver { _, message, _ in
                seen.withLock { _ = $0.insert(message.messageAsString ?? "") }
            }
            try await queue.beginListen(.empty, concurrency: 8, receiver)
            proxy.disturb(everyMilliseconds: 150..<500)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<20 {
                    group.addTask {
                        for number in stride(from: worker, to: Self.count, by: 20) {
                            while true {
                                do {
                                    try await AMQPFixture.send(queue, "\(number)")
                                    break
                                } catch let error as ApplicationError where error.category == .noResponse {
                                    continue
                                }
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            try await waitUntil(within: .seconds(60)) { proxy.faults > 1 }
            proxy.disturb(everyMilliseconds: nil)
            try await waitUntil(within: .seconds(120)) { seen.withLock { $0.count } == Self.count }
            try await queue.close(.empty)
        }
    }

    @Test("A broker that is killed under load loses no message that it acknowledged, and work goes on soon")
    func killed() async throws {
        let count = TestSize.isFull ? 5_000 : 400
        let (acknowledged, seen) = (Locked<Set<String>>([]), Locked<[String: Int]>([:]))
        let longestPause = Duration.seconds(1)
        let config: ConfigParams = [
            "options.reconnect_timeout": "100", "options.max_reconnect_timeout": .some(longestPause.settingText),
        ]
        try await Program.withFolder { folder in
            let mapper = try await ServerProcess.portMapper()
            defer { mapper.kill() }
            let server = try await ServerProcess.rabbitMQ(in: folder, portMapper: mapper.port, hasAMQP: true)
            defer { server.kill() }
            try await AMQPFixture.with(server.port, config) { connection in
                let queue = try await AMQPFixture.queue(
                    connection, AMQPFixture.name(), ["options.redelivery_delay": "1", "options.max_deliveries": "1000"])
                let receiver = CallbackMessageReceiver { _, message, _ in
                    seen.withLock { $0[message.messageAsString ?? "", default: 0] += 1 }
                }
                try await queue.beginListen(.empty, concurrency: 8, receiver)
                let sending = Task {
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for worker in 0..<20 {
                            group.addTask {
                                for number in stride(from: worker, to: count, by: 20) {
                                    while true {
                                        do {
                                            try await AMQPFixture.send(queue, "\(number)")
                                            break
                                        } catch let error as ApplicationError where error.category == .noResponse {
                                            // The pause of somebody who tries again.
                                            try await Task.sleep(for: .milliseconds(100))
                                        }
                                    }
                                    acknowledged.withLock { _ = $0.insert("\(number)") }
                                    // So that the load lasts until the broker is killed.
                                    try await Task.sleep(for: .milliseconds(20))
                                }
                            }
                        }
                        try await group.waitForAll()
                    }
                }
                // What is acknowledged, and neither handled nor lost, is there after the start.
                for _ in 1...(TestSize.isFull ? 2 : 1) {
                    let before = seen.withLock { $0.count }
                    try await waitUntil(within: .seconds(120)) { seen.withLock { $0.count } > before + count / 8 }
                    server.kill()
                    try await waitUntil(within: .seconds(30)) {
                        await DriverFixture.code { try await connection.checkReadiness(.empty) } == "NO_CONNECTION"
                    }
                    let known = seen.withLock { $0.count }
                    #expect(acknowledged.withLock { $0.count } < count, "the load has ended before")
                    try await server.start()
                    let start = SystemClock().uptime
                    try await waitUntil(within: .seconds(60)) { seen.withLock { $0.count } > known }
                    #expect(SystemClock().uptime - start < longestPause + .seconds(1))
                }
                try await sending.value
                try await waitUntil(within: .seconds(120)) {
                    let kept = acknowledged.current
                    return seen.withLock { seen in kept.allSatisfy { seen[$0] != nil } }
                }
                #expect(acknowledged.current.count == count)
                try await queue.close(.empty)
            }
        }
    }

    @Test("After a reset, receivers are renewed and locked messages redelivered, and both are logged once")
    func renewal() async throws {
        let proxy = try FaultProxy(to: AMQPFixture.port())
        let logger = RecordingLogger()
        try await AMQPFixture.with(proxy.port, Self.config, logger: logger) { connection in
            let queue = try await AMQPFixture.queue(connection, AMQPFixture.name())
            try await AMQPFixture.send(queue, "a")
            let old = try await AMQPFixture.next(queue)
            proxy.reset()
            let again = try await AMQPFixture.next(queue)
            #expect(again.messageAsString == "a")
            #expect(again.deliveryCount == 2)
            #expect(await DriverFixture.code { try await queue.complete(.empty, old) } == "LOCK_EXPIRED")
            try await queue.complete(.empty, again)
            try await waitUntil(within: .seconds(30)) {
                await DriverFixture.code { try await connection.checkReadiness(.empty) } == nil
            }
        }
        #expect(logger.messages.filter { $0.message.contains("AMQP broker") }.count == 2, "\(logger.messages)")
    }

    @Test("A silent broker is detected by its missing heart-beats") func silence() async throws {
        let proxy = try FaultProxy(to: AMQPFixture.port())
        // RabbitMQ counts its heart-beats in whole seconds.
        let config = Self.config.override(["options.idle_timeout": TestSize.isFull ? "5000" : "1000"])
        try await AMQPFixture.with(proxy.port, config) { connection in
            if TestSize.isFull {
                // Heart-beats keep an idle connection.
                try await Task.sleep(for: .seconds(8))
                try await connection.checkReadiness(.empty)
                #expect(proxy.connections == 1)
            }
            proxy.set(.swallow)
            try await waitUntil(within: .seconds(30)) {
                await DriverFixture.code { try await connection.checkReadiness(.empty) } == "NO_CONNECTION"
            }
            proxy.set(.pass)
            try await waitUntil(within: .seconds(30)) {
                await DriverFixture.code { try await connection.checkReadiness(.empty) } == nil
            }
        }
    }

    @Test("A call to an unresponsive broker ends at its timeout, with an error that it may have been executed")
    func noAnswer() async throws {
        let proxy = try FaultProxy(to: AMQPFixture.port())
        try await AMQPFixture.with(proxy.port, ["options.command_timeout": "400"]) { connection in
            let queue = try await AMQPFixture.queue(connection, AMQPFixture.name(), ["options.autosubscribe": "false"])
            try await AMQPFixture.send(queue, "a")
            proxy.set(.swallow)
            let error = await #expect(throws: ApplicationError.self) { try await AMQPFixture.send(queue, "b") }
            #expect(error?.code == "NO_ANSWER")
            #expect(error?.message.contains("may have been carried out") == true)
            let task = Task { try await AMQPFixture.send(queue, "c") }
            task.cancel()
            #expect(await DriverFixture.code { try await task.value } == "CANCELLED")
        }
    }

    @Test("Calls above the limit are rejected, and closing ends waiting calls") func full() async throws {
        let proxy = try FaultProxy(to: AMQPFixture.port())
        let connection = try await assemble(
            AMQPConnection(), config: try AMQPFixture.config(proxy.port, ["options.max_queue": "1"]))
        try await connection.open(.empty)
        let queue = try await AMQPFixture.queue(connection, AMQPFixture.name(), ["options.autosubscribe": "false"])
        try await AMQPFixture.send(queue, "a")
        proxy.set(.swallow)
        let waiting = Task { await DriverFixture.code { try await AMQPFixture.send(queue, "b") } }
        try await waitUntil(within: .seconds(30)) {
            try connection.client(.empty).state.withLock { $0.calls.count } == 1
        }
        #expect(await DriverFixture.code { try await AMQPFixture.send(queue, "c") } == "QUEUE_FULL")
        try await connection.close(.empty)
        #expect(await waiting.value == "NOT_OPENED")
        #expect(await DriverFixture.code { try await AMQPFixture.send(queue, "d") } == "NOT_OPENED")
    }
}
#endif
