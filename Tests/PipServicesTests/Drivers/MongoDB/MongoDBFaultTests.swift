#if PIP_MONGODB
import PipServicesTesting
import Testing

@testable import PipServices

/// What networks and servers do to the driver: each error has its category and comes in time, and calls work afterwards.
@Suite(.serialized, .disabled(if: MongoDBFixture.isReal, "needs the commands of the stand-in")) struct MongoDBFaultTests
{
    private struct Note: StringIdentifiable, Codable, Hashable {
        var id = ""
        var key = "k"
    }

    /// A stand-in that no other suite keeps busy: these tests have short times.
    private static func port() throws -> Int { try DriverFixture.port("PIP_TEST_MONGODB_FAULTS") }

    private static let quick: ConfigParams = [
        "options.command_timeout": "1500", "options.server_selection_timeout": "700", "options.connect_timeout": "500",
        "options.socket_timeout": "1000", "options.heartbeat_interval": "500", "options.max_pool_size": "4",
    ]

    private func store(_ connection: MongoDBConnection, _ name: String) async throws -> IdentifiableMongoDBPersistence<
        Note
    > {
        try await MongoDBFixture.persistence(connection, name)
    }

    @Test("A missing server at start is reported in time")
    func missingServer() async throws {
        let port = try Sockets.freePort()
        let time = await DriverFixture.time {
            #expect(
                await DriverFixture.code { _ = try await MongoDBFixture.connection(port, Self.quick) }
                    == "CONNECT_FAILED")
        }
        #expect(time < DriverFixture.bound(after: .milliseconds(1500)), "\(time)")
    }

    @Test("An unresponsive server costs a call only its own time, and the pool recovers")
    func silentServer() async throws {
        let proxy = try FaultProxy(to: Self.port())
        let name = MongoDBFixture.collection()
        try await MongoDBFixture.with(proxy.port, Self.quick) { connection in
            let store = try await store(connection, name)
            try await store.create(.empty, Note(id: "1"))
            proxy.set(.swallow)
            let codes = Locked<[String?]>([])
            let time = await DriverFixture.time {
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<20 {
                        group.addTask {
                            let code = await DriverFixture.code { _ = try await store.getOneById(.empty, "1") }
                            codes.withLock { $0.append(code) }
                        }
                    }
                }
            }
            #expect(time < DriverFixture.bound(after: .milliseconds(1500)), "\(time)")
            #expect(codes.current.count == 20 && codes.current.contains("TIMEOUT"))
            for code in codes.current {
                #expect(["TIMEOUT", "CONNECTION_FAILED", "NO_SERVER"].contains(code ?? ""), "\(code ?? "none")")
            }
            let code = await DriverFixture.code { try await connection.checkReadiness(.empty) }
            #expect(code != nil)
            proxy.set(.pass)
            proxy.reset()
            try await waitUntil(within: .seconds(30)) {
                await DriverFixture.code { _ = try await store.getOneById(.empty, "1") } == nil
            }
            try await connection.checkReadiness(.empty)
        }
    }

    @Test("Cancelled calls return at once and do not exhaust the pool")
    func cancellation() async throws {
        let proxy = try FaultProxy(to: Self.port())
        let name = MongoDBFixture.collection()
        try await MongoDBFixture.with(proxy.port, Self.quick.override(["options.command_timeout": "60000"])) {
            connection in
            let store = try await store(connection, name)
            proxy.set(.delay(.milliseconds(100)))
            for _ in 0..<100 {
                let call = Task { try await store.getOneById(.empty, "1") }
                await Task.yield()
                call.cancel()
                #expect(await DriverFixture.code { _ = try await call.value } == "CANCELLED")
            }
            proxy.set(.pass)
            #expect(try await store.getCount(.empty) == 0)
        }
    }

    @Test("An expired call is not sent")
    func passedDeadline() async throws {
        let store = try await store(try await MongoDBFixture.shared(), MongoDBFixture.collection())
        let context = Context(deadline: SystemClock().uptime - .seconds(1))
        #expect(await DriverFixture.code { try await store.create(context, Note(id: "1")) } == "TIMEOUT")
        #expect(try await store.getCount(.empty) == 0)
    }

    @Test("After a broken connection, reads are retried, and a write to a standalone server fails")
    func brokenConnection() async throws {
        let name = MongoDBFixture.collection()
        let connection = try await MongoDBFixture.shared()
        let store = try await store(connection, name)
        try await store.create(.empty, Note(id: "1"))
        try await MongoDBFixture.fail(connection, name, ["find"], ["closeConnection": true])
        #expect(try await store.getOneById(.empty, "1")?.id == "1")
        try await MongoDBFixture.fail(connection, name, ["insert"], ["closeConnection": true])
        #expect(await DriverFixture.code { try await store.create(.empty, Note(id: "2")) } == "CONNECTION_FAILED")
        try await store.create(.empty, Note(id: "2"))
        #expect(try await store.getCount(.empty) == 2)
    }

    @Test("Errors of a step-down have their code, and the pool recovers", arguments: [10107, 13435, 11602])
    func stepDown(_ code: Int) async throws {
        let name = MongoDBFixture.collection()
        try await MongoDBFixture.with(Self.port(), Self.quick) { connection in
            let store = try await store(connection, name)
            try await MongoDBFixture.fail(connection, name, ["insert"], ["errorCode": .integer(Int64(code))])
            do {
                try await store.create(.empty, Note(id: "1"))
                Issue.record("nothing was thrown")
            } catch let error as ApplicationError {
                #expect(error.code == "NOT_PRIMARY" && error.category == .noResponse, "\(error)")
            }
            try await waitUntil(within: .seconds(30)) {
                await DriverFixture.code { try await store.set(.empty, Note(id: "1")) } == nil
            }
            #expect(try await store.getCount(.empty) == 1)
        }
    }

    @Test("A read without a primary is retried", arguments: [10107, 13435])
    func readDuringStepDown(_ code: Int) async throws {
        let name = MongoDBFixture.collection()
        try await MongoDBFixture.with(Self.port(), Self.quick) { connection in
            let store = try await store(connection, name)
            try await store.create(.empty, Note(id: "1"))
            try await MongoDBFixture.fail(connection, name, ["find"], ["errorCode": .integer(Int64(code))])
            #expect(try await store.getOneById(.empty, "1")?.id == "1")
        }
    }

    @Test("A truncated reply is an error, and replies are not mixed up")
    func cutReply() async throws {
        let proxy = try FaultProxy(to: Self.port())
        let name = MongoDBFixture.collection()
        try await MongoDBFixture.with(proxy.port, Self.quick) { connection in
            let store = try await store(connection, name)
            for number in 0..<5 { try await store.create(.empty, Note(id: "\(number)", key: "k\(number)")) }
            for round in 0..<10 {
                proxy.cut(after: 30 + round * 20)
                for number in 0..<5 {
                    if let note = try? await store.getOneById(.empty, "\(number)") { #expect(note.key == "k\(number)") }
                }
            }
            proxy.cut(after: .max)
            try await waitUntil(within: .seconds(30)) {
                await DriverFixture.code { _ = try await store.getOneById(.empty, "1") } == nil
            }
        }
    }

    @Test("A server killed under load loses no confirmed write, and calls work after its restart")
    func killedServer() async throws {
        // The stand-in keeps nothing when it ends: what was confirmed is counted until then.
        let server = try await MongoDBFixture.standIn()
        let proxy = try FaultProxy(to: server.port)
        let name = MongoDBFixture.collection()
        try await MongoDBFixture.with(proxy.port, Self.quick) { connection in
            let store = try await store(connection, name)
            let confirmed = Locked<Set<String>>([])
            let load = Task {
                await withTaskGroup(of: Void.self) { group in
                    for task in 0..<4 {
                        group.addTask {
                            for number in 0..<1000 where !Task.isCancelled {
                                let id = "\(task)-\(number)"
                                if (try? await store.create(.empty, Note(id: id))) != nil {
                                    confirmed.withLock { _ = $0.insert(id) }
                                }
                            }
                        }
                    }
                }
            }
            try await waitUntil(within: .seconds(30)) { confirmed.current.count > 20 }
            proxy.reset()
            try await waitUntil(within: .seconds(30)) { [before = confirmed.current.count] in
                confirmed.current.count > before + 20
            }
            load.cancel()
            await load.value
            let found = Set(try await store.getList(.empty).map(\.id))
            #expect(confirmed.current.subtracting(found).isEmpty)
            server.kill()
            let code = await DriverFixture.code { try await store.create(.empty, Note(id: "x")) }
            #expect(["CONNECTION_FAILED", "NO_SERVER", "TIMEOUT"].contains(code ?? ""), "\(code ?? "none")")
            try await server.start()
            try await waitUntil(within: .seconds(30)) {
                await DriverFixture.code { try await store.set(.empty, Note(id: "x")) } == nil
            }
        }
    }

    @Test("A wrong login fails the start, a correct one works")
    func login() async throws {
        let server = try await MongoDBFixture.standIn(["--user", "us/er", "--password", "p@ss"])
        let user: ConfigParams = ["credential.username": "us/er", "options.auth_source": "admin"]
        for (password, expected) in [("wrong", "ACCESS_DENIED"), ("p@ss", nil)] {
            let config = Self.quick.override(user).override(["credential.password": password])
            let code = await DriverFixture.code { try await MongoDBFixture.with(server.port, config) { _ in } }
            #expect(code == expected)
        }
        #expect(
            await DriverFixture.code {
                try await MongoDBFixture.with(server.port, Self.quick) { _ = try await store($0, "c") }
            } == "ACCESS_DENIED")
    }

    @Test("Calls above the limit are refused at once")
    func fullQueue() async throws {
        let proxy = try FaultProxy(to: Self.port())
        let more: ConfigParams = ["options.max_pending": "3", "options.max_pool_size": "1"]
        try await MongoDBFixture.with(proxy.port, Self.quick.override(more)) { connection in
            let store = try await store(connection, MongoDBFixture.collection())
            proxy.set(.swallow)
            let codes = Locked<[String?]>([])
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        let code = await DriverFixture.code { _ = try await store.getOneById(.empty, "1") }
                        codes.withLock { $0.append(code) }
                    }
                }
            }
            #expect(codes.current.filter { $0 == "QUEUE_FULL" }.count >= 15)
            proxy.set(.pass)
            proxy.reset()
        }
    }

    @Test("Closing ends waiting calls in time")
    func closing() async throws {
        let proxy = try FaultProxy(to: Self.port())
        let connection = try await MongoDBFixture.connection(proxy.port, Self.quick)
        let store = try await store(connection, MongoDBFixture.collection())
        proxy.set(.swallow)
        let call = Task { try await store.getOneById(.empty, "1") }
        try await waitUntil(within: .seconds(30)) { proxy.questions > 0 }
        let time = await DriverFixture.time { try? await connection.close(.empty) }
        #expect(time < DriverFixture.bound(after: .milliseconds(1500)), "\(time)")
        let code = await DriverFixture.code { _ = try await call.value }
        #expect(["NOT_OPENED", "TIMEOUT", "CONNECTION_FAILED"].contains(code ?? ""), "\(code ?? "none")")
        #expect(await DriverFixture.code { _ = try await store.getOneById(.empty, "1") } == "NOT_OPENED")
    }

    @Test("Added documents are removed again if a later one fails")
    func undoneInsert() async throws {
        let (name, connection) = (MongoDBFixture.collection(), try await MongoDBFixture.shared())
        let index = MongoDBIndex([SortField("key")], isUnique: true)
        let store: IdentifiableMongoDBPersistence<Note> = try await MongoDBFixture.persistence(
            connection, name, nativeIndexes: [index])
        try await store.create(.empty, Note(id: "z", key: "taken"))
        let code = await DriverFixture.code {
            try await store.createMany(
                .empty, [Note(id: "1", key: "a"), Note(id: "2", key: "taken"), Note(id: "3", key: "b")])
        }
        #expect(code == "ALREADY_EXISTS")
        #expect(try await store.getList(.empty).map(\.id) == ["z"])
    }

    @Test("A failing insert of several documents removes only its own")
    func undoneInsertAmongOthers() async throws {
        let name = MongoDBFixture.collection()
        try await MongoDBFixture.with(Self.port()) { connection in
            let store = try await store(connection, name)
            try await MongoDBFixture.fail(
                connection, name, ["insert"], ["blockConnection": true, "blockTimeMS": 1000])
            let creation = Task { try await store.createMany(.empty, (1...3).map { Note(id: "\($0)") }) }
            try await waitUntil(within: .seconds(30)) {
                try await MongoDBFixture.sent(connection, name).contains { $0["insert"] != nil }
            }
            // Somebody else adds one of them meanwhile.
            try await connection.run(
                .empty, ["insert": .string(name), "documents": [["_id": "2", "key": "other"]]])
            #expect(await DriverFixture.code { _ = try await creation.value } == "ALREADY_EXISTS")
            #expect(try await store.getList(.empty) == [Note(id: "2", key: "other")])
        }
    }

    @Test("createOnce returns an item that is added concurrently")
    func createdMeanwhile() async throws {
        let name = MongoDBFixture.collection()
        try await MongoDBFixture.with(Self.port()) { connection in
            let store = try await store(connection, name)
            try await MongoDBFixture.fail(
                connection, name, ["findAndModify"],
                ["blockConnection": true, "blockTimeMS": 1000, "errorCode": 11000])
            let isThere = Filter<Note>(.compare(path: "key", .equal, "a"))
            let creation = Task { try await store.createOnce(.empty, Note(id: "1", key: "a"), unless: isThere) }
            try await waitUntil(within: .seconds(30)) {
                try await MongoDBFixture.sent(connection, name).contains { $0["findAndModify"] != nil }
            }
            try await store.create(.empty, Note(id: "2", key: "a"))
            #expect(try await creation.value.id == "2")
        }
    }

    @Test("The loss and the recovery of a server are each logged once and counted")
    func loss() async throws {
        let (logger, counters) = (RecordingLogger(level: .info), LogCounters())
        let connection = try await assemble(
            MongoDBConnection(), config: try MongoDBFixture.config(Self.port()),
            references: ["test:logger:recording:default:1.0": logger, "test:counters:log:default:1.0": counters])
        try await connection.open(.empty)
        let name = MongoDBFixture.collection()
        let store = try await store(connection, name)
        func logged(_ text: String) -> Int { logger.messages.filter { $0.message.contains(text) }.count }
        try await MongoDBFixture.fail(connection, name, ["insert"], times: 2, ["closeConnection": true])
        for _ in 0..<2 {
            #expect(
                await DriverFixture.code { try await store.create(.empty, Note(id: "1")) } == "CONNECTION_FAILED")
        }
        #expect(logged(" is lost: ") == 1)
        #expect(counters["mongodb.default.breaker_state"]?.last == 2)
        for number in 1...2 { try await store.create(.empty, Note(id: "\(number)")) }
        #expect(logged(" is back after ") == 1)
        #expect(counters["mongodb.default.breaker_state"]?.last == 0)
        try await connection.close(.empty)
        #expect(logged(" is lost: ") == 1, "closing is no loss")
    }

    @Test(
        "A write confirmed by too few servers is an error", arguments: ["insert", "delete", "update", "findAndModify"])
    func unconfirmedWrite(_ command: String) async throws {
        let name = MongoDBFixture.collection()
        try await MongoDBFixture.with(Self.port()) { connection in
            let store = try await store(connection, name)
            try await store.create(.empty, Note(id: "1"))
            try await MongoDBFixture.fail(
                connection, name, [command], ["writeConcernError": ["code": 64, "errmsg": "waiting timed out"]])
            let code = await DriverFixture.code {
                switch command {
                case "insert": try await store.create(.empty, Note(id: "2"))
                case "delete": try await store.deleteByFilter(.empty, .all)
                case "update": try await store.set(.empty, Note(id: "1", key: "x"))
                default: try await store.deleteById(.empty, "1")
                }
            }
            #expect(code == "TIMEOUT")
        }
    }

    @Test(
        "Server error codes map to kinds of faults",
        arguments: [
            (.duplicateKey, [11000, 11001, 12582]), (.notPrimary, [10107, 13435, 11602, 13436, 189, 91, 11600, 10058]),
            (.accessDenied, [13, 18, 8000, 334]), (.timedOut, [50, 262, 24, 64]),
            (.documentTooLarge, [10334, 17280, 17419, 17420]), (.writeConflict, [112, 251, 225]),
            (.cursorLost, [43, 237]), (.connectionFailed, [6, 7, 89, 9001]), (.badQuery, [2, 9, 14, 72, 168, 292]),
            (.noTransactions, [263]), (.refused, [20, 26, 59, 50738, 0]),
        ] as [(MongoDBFault.Kind, [Int])])
    func codes(_ kind: MongoDBFault.Kind, _ codes: [Int]) {
        for code in codes { #expect(MongoDBFault(code: code, "text").kind == kind, "\(code)") }
        #expect(
            MongoDBFault(code: 20, "Transaction numbers are only allowed on a replica set").kind == .noTransactions)
    }
}
#endif
