#if PIP_MEMCACHED
import Glibc
import PipServicesTesting
import Testing

@testable import PipServices

/// Servers that die, hang and cut connections.
@Suite struct MemcachedFaultTests {
    typealias Fixture = MemcachedFixture

    @Test("A dead server is not used for a while, then found again") func serverDiesAndReturns() async throws {
        let server = try await ServerProcess.memcached()
        let options: ConfigParams = [
            "options.timeout": "2000", "options.reconnect": "200", "options.failures": "2", "options.retries": "1",
        ]
        try await Fixture.withConnection([server.address], options) { connection async throws in
            let connector = try await Fixture.on(connection, MemcachedConnector())
            try await connector.set(.empty, "k", [1], ttl: nil)
            try await connection.checkReadiness(.empty)
            server.kill()
            var codes: Set<String> = []
            for _ in 0..<10 {
                let took = await DriverFixture.time {
                    let error = await #expect(throws: ApplicationError.self) { try await connector.get(.empty, "k") }
                    codes.insert(error?.code ?? "")
                    #expect(error?.category == .noResponse)
                    #expect(error?.message.contains(server.address) == true, "\(error?.message ?? "")")
                }
                #expect(took < DriverFixture.bound(after: .seconds(2)), "\(took)")
            }
            #expect(codes == ["CONNECTION_FAILED", "SERVER_DOWN"], "after some failures it is not used")
            await #expect(throws: ApplicationError.self) { try await connection.checkReadiness(.empty) }
            try await server.start()
            let took = try await DriverFixture.time {
                try await waitUntil {
                    (try? await connector.set(.empty, "k", [2], ttl: nil)) != nil
                }
            }
            // Not used for 200 ms, then a call that may take 2 s.
            #expect(took < DriverFixture.bound(after: .milliseconds(2200)), "\(took)")
            #expect(try await connector.get(.empty, "k") == [2])
            try await connection.checkReadiness(.empty)
        }
    }

    @Test("A read after a restart of the server succeeds") func restartBetweenReads() async throws {
        let server = try await ServerProcess.memcached()
        try await Fixture.withConnector([server.address]) { connector async throws in
            // All threads have a connection that will break.
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<32 { group.addTask { try await connector.set(.empty, "\(number)", [1], ttl: nil) } }
                try await group.waitForAll()
            }
            server.kill()
            try await server.start()
            for number in 0..<32 { #expect(try await connector.get(.empty, "\(number)") == nil) }
        }
    }

    @Test("Calls to an unresponsive server fail in time, with TIMEOUT, QUEUE_FULL or SERVER_DOWN")
    func hangingServerTimesOut()
        async throws
    {
        let server = try await ServerProcess.memcached()
        let options: ConfigParams = [
            "options.timeout": "3000", "options.failures": "1000", "options.max_pending": "40",
        ]
        try await Fixture.withConnector([server.address], options) { connector async throws in
            try await connector.set(.empty, "k", [1], ttl: nil)
            server.hang()
            defer { server.goOn() }
            let codes = Locked<[String: Int]>([:])
            let took = await DriverFixture.time {
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<1000 {
                        group.addTask {
                            let error = await #expect(throws: ApplicationError.self) {
                                try await connector.get(.empty, "k")
                            }
                            codes.withLock { $0[error?.code ?? "", default: 0] += 1 }
                        }
                    }
                }
            }
            #expect(took < DriverFixture.bound(after: .seconds(3)), "\(took)")
            // On a busy machine some time out before others come, and leave their places in the queue to them; those that
            // wait when the silence is noticed are told that the server is down.
            let full = codes.current["QUEUE_FULL"] ?? 0
            #expect(Set(codes.current.keys).isSubset(of: ["TIMEOUT", "QUEUE_FULL", "SERVER_DOWN"]), "\(codes.current)")
            #expect((1...960).contains(full) && (codes.current["TIMEOUT"] ?? 0) > 0, "\(codes.current)")
            server.goOn()
            try await waitUntil { (try? await connector.get(.empty, "k")) == [1] }
        }
    }

    @Test("Calls to an unresponsive server do not block Swift's threads") func hangingServerBlocksNoTask() async throws
    {
        // The system accepts connections that no process ever reads.
        let (listener, port) = try Sockets.listen()
        let options: ConfigParams = ["options.timeout": "60000"]
        try await Fixture.withConnection(["127.0.0.1:\(port)"], options) { connection async throws in
            // Ends the waits of the threads before the connection is closed.
            defer { close(listener) }
            let connector = try await Fixture.on(connection, MemcachedConnector())
            let pool = try connection.opened(.empty)
            let ended = Locked(0)
            let calls = (0..<100).map { _ in
                Task {
                    defer { ended.withLock { $0 += 1 } }
                    return try await connector.get(.empty, "k")
                }
            }
            // If calls blocked Swift's threads, none would be left for the other calls and this test.
            try await waitUntil { pool.load == 100 }
            for _ in 0..<1000 { await Task { await Task.yield() }.value }
            #expect(ended.current == 0)
            for call in calls { call.cancel() }
            for call in calls { await #expect(throws: CancellationError.self) { _ = try await call.value } }
        }
    }

    @Test("A call to an unresponsive server ends at its deadline or on cancellation") func hangingServerCanBeAbandoned()
        async throws
    {
        let server = try await ServerProcess.memcached()
        try await Fixture.withConnector([server.address], ["options.timeout": "600000"]) { connector async throws in
            try await connector.set(.empty, "k", [1], ttl: nil)
            server.hang()
            defer { server.goOn() }
            let short = await DriverFixture.time {
                var context = Context.empty
                context.deadline = SystemClock().uptime + .milliseconds(20)
                let error = await #expect(throws: ApplicationError.self) { try await connector.get(context, "k") }
                #expect(error?.code == "TIMEOUT")
            }
            #expect(short < DriverFixture.bound(after: .milliseconds(20)), "\(short)")
            let waiting = Task { try await connector.get(.empty, "k") }
            waiting.cancel()
            await #expect(throws: CancellationError.self) { try await waiting.value }
            server.goOn()
            try await waitUntil { (try? await connector.get(.empty, "k")) == [1] }
        }
    }

    /// A server that answers each request with a value that comes a byte at a time and never ends.
    private static func tricklingServer() throws -> ScriptedServer {
        try ScriptedServer { client in
            guard client.connection.read(until: "\r\n") != nil else { return }
            client.connection.write("VALUE k 0 1000000\r\n")
            while !client.isStopped {
                client.connection.write("x")
                usleep(10_000)
            }
        }
    }

    @Test("A server that trickles bytes blocks a thread no longer than a call may take")
    func tricklingServerHoldsNoThread() async throws {
        let server = try Self.tricklingServer()
        let options: ConfigParams = ["options.timeout": "300", "options.pool_size": "1", "options.retries": "0"]
        try await Fixture.withConnection(["127.0.0.1:\(server.port)"], options) { connection async throws in
            let connector = try await Fixture.on(connection, MemcachedConnector())
            let pool = try connection.opened(.empty)
            #expect(await DriverFixture.code { _ = try await connector.get(.empty, "k") } == "TIMEOUT")
            try await waitUntil(within: .seconds(20)) { pool.load == 0 }
            // One whose caller has gone, too.
            let cancelled = Task { try await connector.get(.empty, "k") }
            cancelled.cancel()
            _ = await cancelled.result
            try await waitUntil(within: .seconds(20)) { pool.load == 0 }
        }
    }

    @Test("Closing does not wait for a server that trickles bytes") func closingWithTricklingServer()
        async throws
    {
        let server = try Self.tricklingServer()
        let took = try await DriverFixture.time {
            try await Fixture.withConnection(["127.0.0.1:\(server.port)"], ["options.timeout": "50000"]) {
                connection async throws in
                let connector = try await Fixture.on(connection, MemcachedConnector())
                let waiting = Task { try await connector.get(.empty, "k") }
                try await waitUntil(within: .seconds(20)) { server.connections == 1 }
                try await connection.close(.empty)
                #expect(await DriverFixture.code { _ = try await waiting.value } == "NOT_OPENED")
            }
        }
        #expect(took < .seconds(40), "\(took)")
    }

    @Test("The reply to a cancelled call never reaches the next call") func cancelledCallLeavesNoReply() async throws {
        try await Fixture.withConnector(nil, ["options.pool_size": "1"]) { connector async throws in
            let prefix = DriverFixture.key()
            try await connector.set(.empty, prefix + "b", [2], ttl: nil)
            let cancelled = Locked(0)
            for round in 0..<2000 {
                // The reply for a missing value contains no key.
                let first = Task {
                    do {
                        #expect(try await connector.get(.empty, prefix + "a") == nil)
                    } catch {
                        #expect(error is CancellationError)
                        cancelled.withLock { $0 += 1 }
                    }
                }
                for _ in 0..<round % 4 { await Task.yield() }
                first.cancel()
                #expect(try await connector.get(.empty, prefix + "b") == [2])
                await first.value
            }
            #expect(cancelled.current > 100)
        }
    }

    @Test("A value of another key is an error") func replyToAnotherRequestIsAnError() async throws {
        let (listener, port) = try Sockets.listen()
        try OwnThread.start {
            while case let descriptor = accept(listener, nil, nil), descriptor >= 0 {
                let connection = FaultServer.Connection(descriptor: descriptor, number: 0)
                while connection.read(until: "\r\n") != nil {
                    connection.write("VALUE other 0 1\r\n1\r\nEND\r\n")
                }
                close(descriptor)
            }
            close(listener)
        }
        defer { shutdown(listener, Int32(SHUT_RDWR)) }
        let options: ConfigParams = ["options.retries": "1"]
        try await Fixture.withConnector(["127.0.0.1:\(port)"], options) { connector async throws in
            for asksForMany in [false, true] {
                let error = await #expect(throws: ApplicationError.self) {
                    if asksForMany {
                        _ = try await connector.getMany(.empty, ["k", "l"])
                    } else {
                        _ = try await connector.get(.empty, "k")
                    }
                }
                #expect(error?.code == "CONNECTION_FAILED", "\(String(describing: error))")
            }
        }
    }

    @Test("Closing does not wait for an unresponsive server") func closingWithHangingServer() async throws {
        let server = try await ServerProcess.memcached()
        let took = try await DriverFixture.time {
            try await Fixture.withConnection([server.address], ["options.timeout": "1500"]) {
                connection async throws in
                let connector = try await Fixture.on(connection, MemcachedConnector())
                try await connector.set(.empty, "k", [1], ttl: nil)
                server.hang()
                let waiting = Task { try await connector.get(.empty, "k") }
                let pool = try connection.opened(.empty)
                try await waitUntil { pool.load == 1 }
                try await connection.close(.empty)
                let error = await #expect(throws: ApplicationError.self) { try await waiting.value }
                #expect(error?.code == "NOT_OPENED")
                try await connection.close(.empty)
            }
        }
        #expect(took < DriverFixture.bound(after: .milliseconds(1500)), "\(took)")
    }

    @Test("With options.remove, other servers take over until a server recovers") func othersTakeOver() async throws {
        let one = try await ServerProcess.memcached()
        let two = try await ServerProcess.memcached()
        let options: ConfigParams = [
            "options.remove": "true", "options.failures": "1", "options.reconnect": "300", "options.retries": "2",
        ]
        let keys = (0..<50).map { "key\($0)" }
        try await Fixture.withConnector([one.address, two.address], options) { connector async throws in
            for key in keys { try await connector.set(.empty, key, DriverFixture.bytes(key), ttl: nil) }
            one.kill()
            try await waitUntil { (try? await connector.getMany(.empty, keys)) != nil }
            let values = KeyValues(keys.map { ($0, DriverFixture.bytes($0)) })
            // The server that is gone is tried again now and then, and a call fails.
            try await waitUntil { (try? await connector.setMany(.empty, values, ttl: nil)) != nil }
            try await waitUntil { (try? await connector.getMany(.empty, keys)) == values }
            try await one.start()
            try await waitUntil {
                guard (try? await connector.setMany(.empty, values, ttl: nil)) != nil else { return false }
                return try await Fixture.withConnector([one.address]) { alone async throws in
                    try await alone.getMany(.empty, keys).count > 5
                }
            }
        }
    }

    @Test("A server that is down fails only its own keys") func downServerFailsItsKeys() async throws {
        let one = try await ServerProcess.memcached()
        let two = try await ServerProcess.memcached()
        let options: ConfigParams = ["options.failures": "1", "options.reconnect": "60000"]
        try await Fixture.withConnector([one.address, two.address], options) { connector async throws in
            one.kill()
            var codes: [String: Int] = [:]
            for number in 0..<50 {
                do {
                    try await connector.set(.empty, "key\(number)", [1], ttl: nil)
                    codes["", default: 0] += 1
                } catch let error as ApplicationError {
                    codes[error.code, default: 0] += 1
                    #expect(error.message.contains(one.address))
                }
            }
            #expect(codes["CONNECTION_FAILED"] == 1, "\(codes)")
            #expect(codes["SERVER_DOWN", default: 0] > 5)
            #expect(codes["", default: 0] > 5)
            let error = await #expect(throws: ApplicationError.self) {
                try await connector.getMany(.empty, (0..<50).map { "key\($0)" })
            }
            #expect(error?.code == "SERVER_DOWN")
        }
    }

    @Test("After a lost reply to add, the key is read") func lostReplyToAdd() async throws {
        let proxy = try FaultProxy(to: Fixture.port())
        try await Fixture.withConnection(["127.0.0.1:\(proxy.port)"]) { connection async throws in
            let connector = try await Fixture.on(connection, MemcachedConnector())
            for value in ["mine", "another's"] {
                let key = DriverFixture.key()
                if value != "mine" {
                    try await connector.set(.empty, key, DriverFixture.bytes(value), ttl: .seconds(600))
                }
                proxy.loseAnswer(to: "add \(key)")
                #expect(
                    try await connector.add(.empty, key, DriverFixture.bytes("mine"), ttl: .seconds(600))
                        == (value == "mine"))
                #expect(proxy.hasLostAnswer)
                #expect(try await connector.get(.empty, key) == DriverFixture.bytes(value))
            }
            let lock = try await Fixture.on(connection, MemcachedLock())
            let key = DriverFixture.key()
            proxy.loseAnswer(to: "add \(key)")
            let lease = try #require(try await lock.tryAcquire(.empty, key, ttl: .seconds(600)))
            #expect(proxy.hasLostAnswer)
            #expect(try await lock.tryAcquire(.empty, key, ttl: .seconds(600)) == nil)
            #expect(try await lock.release(.empty, lease))
            // A write that the server may have executed is not repeated.
            let counter = DriverFixture.key()
            proxy.loseAnswer(to: "incr \(counter)")
            try await connector.set(.empty, counter, DriverFixture.bytes("1"), ttl: .seconds(600))
            let error = await #expect(throws: ApplicationError.self) {
                try await connector.increment(.empty, counter, by: 1)
            }
            #expect(error?.code == "CONNECTION_FAILED")
            #expect(try await connector.get(.empty, counter) == DriverFixture.bytes("2"))
        }
    }

    @Test("An add that keeps failing is repeated once") func addThatAlwaysFails() async throws {
        let (listener, port) = try Sockets.listen()
        let adds = Locked(0)
        try OwnThread.start {
            while case let descriptor = accept(listener, nil, nil), descriptor >= 0 {
                try? OwnThread.start {
                    let connection = FaultServer.Connection(descriptor: descriptor, number: 0)
                    while let request = connection.read(until: "\r\n") {
                        if request.contains("add ") {
                            adds.withLock { $0 += 1 }
                            break
                        }
                        connection.write("END\r\n")
                    }
                    close(descriptor)
                }
            }
            close(listener)
        }
        defer { shutdown(listener, Int32(SHUT_RDWR)) }
        let options: ConfigParams = ["options.retries": "0", "options.failures": "100"]
        try await Fixture.withConnector(["127.0.0.1:\(port)"], options) { connector async throws in
            let error = await #expect(throws: ApplicationError.self) {
                try await connector.add(.empty, "k", [1], ttl: nil)
            }
            #expect(error?.code == "CONNECTION_FAILED", "\(String(describing: error))")
            #expect(adds.current == 2)
        }
    }

    /// Each task reads values that only it knows, while connections are reset all the time; four calls per round.
    @Test("No reply reaches the wrong caller") func repliesReachTheirCallers() async throws {
        let (tasks, total) = (32, DriverFixture.isFull ? 1_000_000 : 30_000)
        // Bounds the test: a slow machine needs many minutes for a million calls.
        let end = ContinuousClock.now + .seconds(1800)
        let proxy = try FaultProxy(to: Fixture.port())
        let options: ConfigParams = ["options.failures": "1000000"]
        try await Fixture.withConnector(["127.0.0.1:\(proxy.port)"], options) { connector async throws in
            let prefix = DriverFixture.key()
            let (answers, failures) = (Locked(0), Locked(0))
            proxy.disturb(everyMilliseconds: 5..<25)
            await withTaskGroup(of: Void.self) { group in
                for task in 0..<tasks {
                    group.addTask {
                        var round = 0
                        // `total` replies are checked, without those of rounds that fail.
                        while answers.current < total, ContinuousClock.now < end {
                            round += 1
                            // A new key per round: the server may execute a call that has failed after a later one.
                            let key = "\(prefix).\(task).\(round)"
                            let value = DriverFixture.bytes("\(key)=\(round)")
                            do {
                                try await connector.set(.empty, key, value, ttl: .seconds(600))
                                let got = try await connector.get(.empty, key)
                                #expect(got == value, "round \(round) of \(key)")
                                let other = "\(prefix).\(task).none.\(round)"
                                let many = try await connector.getMany(.empty, [other, key])
                                #expect(many == [key: value], "round \(round) of \(key)")
                                // Deleted, so that the server does not fill up.
                                let isDeleted = try await connector.delete(.empty, key)
                                #expect(isDeleted, "round \(round) of \(key)")
                                answers.withLock { $0 += 4 }
                            } catch {
                                failures.withLock { $0 += 1 }
                                #expect((error as? ApplicationError)?.category == .noResponse, "\(error)")
                            }
                        }
                    }
                }
            }
            proxy.disturb(everyMilliseconds: nil)
            #expect(answers.current >= total, "\(failures.current) failed")
            #expect(failures.current < answers.current / 4 * 3, "\(failures.current) failed")
            #expect(proxy.faults > 10, "connections were cut")
        }
    }
}
#endif
