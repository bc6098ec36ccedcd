#if PIP_AZURE && PIP_CURL
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// Locks in a table of the stand-in, whose time is that of the test.
@Suite struct CloudStorageTableLockTests {
    typealias Fixture = AzureFixture

    private static func lock(
        _ config: ConfigParams = [:], _ connector: AzureTap? = nil, clock: VirtualClock? = nil
    ) async throws -> CloudStorageTableLock {
        let lock = try await Fixture.assembled(
            CloudStorageTableLock(),
            try Fixture.serverConfig("table", ["options.timeout": "600000", "options.retry_timeout": "5"]).override(
                config),
            connector ?? AzureTap(clock: clock), clock: clock)
        try await lock.open(.empty)
        return lock
    }

    @Test(arguments: LockContract().cases)
    func contract(_ contractCase: ContractCase<any Lock>) async throws {
        // Between two requests, time that is moved by hand could pass a limit on a busy machine.
        let isReal = ["never hold a lock", "withLock holds"].contains { contractCase.name.contains($0) }
        let config: ConfigParams = isReal ? ["options.retry_timeout": "100"] : [:]
        let clock = isReal ? nil : VirtualClock(Date())
        let tap = AzureTap(clock: clock)
        let time = clock.map { ContractTime.virtual($0) { tap.isBusy } } ?? .real(unit: .seconds(1))
        try await contractCase.run(time: time) { try await Self.lock(config, tap, clock: clock) }
    }

    @Test("Acquisitions have fencing tokens if enabled") func fencing() async throws {
        let lock = try await Self.lock(["options.fencing": "true"])
        let key = DriverFixture.key()
        var numbers: [Int64?] = []
        for _ in 0..<3 {
            let lease = try #require(try await lock.tryAcquire(.empty, key, ttl: .seconds(60)))
            numbers.append(lease.fencing)
            try await lock.release(.empty, lease)
        }
        #expect(numbers == [1, 2, 3])
        try await lock.close(.empty)
    }

    @Test("Azure's own client works with the stand-in") func standIn() async throws {
        let found = try await Fixture.sdk("all_entities", "T" + IdGenerator.nextLong().prefix(20))
        #expect(found["again"] == "TABLE_ALREADY_EXISTS" && found["changed"] == "UPDATE_CONDITION_NOT_SATISFIED")
        #expect(found["text"] == "b" && found["missing"] == "RESOURCE_NOT_FOUND" && found["twice"]?.isNull == false)
    }

    @Test("Azure's own client reads the entity of a lock, with the expiration for the .NET edition") func entity()
        async throws
    {
        let table = "T" + IdGenerator.nextLong().prefix(20)
        let lock = try await Self.lock(["table": .some(table)])
        let start = Date()
        let lease = try #require(try await lock.tryAcquire(.empty, "orders/1 é", ttl: .seconds(60)))
        let all = try await Fixture.sdk("entities", table)
        #expect(
            all.array?.count == 1 && all[0]?["PartitionKey"] == "lock" && all[0]?["RowKey"] == "orders~2F1~20~C3~A9")
        #expect(all[0]?["Value"] == .string(Data(lease.token.utf8).base64EncodedString()) && all[0]?["Ttl"] == "60000")
        let end = try #require(all[0]?["Expired"]?.string.flatMap { ISODate.parse($0) })
        #expect((59...90).contains(end.timeIntervalSince(start)))
        #expect(try await lock.release(.empty, lease))
        #expect(try await Fixture.sdk("entities", table) == [])
        try await lock.close(.empty)
    }

    @Test("A lock of the .NET edition is respected until it expires") func foreign() async throws {
        let lock = try await Self.lock()
        let (held, free) = (IdGenerator.nextLong(), IdGenerator.nextLong())
        _ = try await Fixture.sdk("hold", "locks", held, "2100-01-01T00:00:00+00:00")
        _ = try await Fixture.sdk("hold", "locks", free, "2020-01-01T00:00:00+00:00")
        #expect(try await lock.tryAcquire(.empty, held, ttl: .seconds(60)) == nil)
        #expect(try await lock.tryAcquire(.empty, free, ttl: .seconds(60)) != nil)
        try await lock.close(.empty)
    }

    @Test("Expiration is measured by the clock of Azure, even if the caller's clock is wrong") func clocks()
        async throws
    {
        let (service, key) = (VirtualClock(Date()), DriverFixture.key())
        let holder = try await Self.lock([:], AzureTap(clock: service), clock: VirtualClock(Date()))
        let lease = try #require(try await holder.tryAcquire(.empty, key, ttl: .seconds(60)))
        // Two hours ahead, by its own clock.
        let ahead = try await Self.lock(
            [:], AzureTap(clock: service), clock: VirtualClock(Date().addingTimeInterval(7200)))
        #expect(try await ahead.tryAcquire(.empty, key, ttl: .seconds(60)) == nil)
        service.advance(by: .seconds(59))
        #expect(try await ahead.tryAcquire(.empty, key, ttl: .seconds(60)) == nil)
        service.advance(by: .seconds(2))
        #expect(try await ahead.tryAcquire(.empty, key, ttl: .seconds(60)) != nil)
        #expect(try await holder.renew(.empty, lease, ttl: .seconds(60)) == nil)
        #expect(try await holder.release(.empty, lease) == false)
        try await holder.close(.empty)
        try await ahead.close(.empty)
    }

    @Test("A request whose response was lost is executed once", arguments: [HTTPMethod.post, .put, .delete])
    func lostResponse(method: HTTPMethod) async throws {
        let isLost = Locked(false)
        let tap = Locked<AzureTap?>(nil)
        let connector = AzureTap { request in
            guard request.method == method, request.url.contains("locks"), let forward = tap.current,
                isLost.withLock({ isLost in
                    defer { isLost = true }
                    return !isLost
                })
            else { return nil }
            _ = try await forward.forward(request)
            throw ApplicationError.connection(code: "CONNECTION_LOST", "lost")
        }
        let lock = try await Self.lock([:], connector)
        tap.withLock { $0 = connector }
        let lease = try #require(try await lock.tryAcquire(.empty, DriverFixture.key(), ttl: .seconds(60)))
        let renewed = try #require(try await lock.renew(.empty, lease, ttl: .seconds(90)))
        #expect(try await lock.release(.empty, renewed))
        #expect(isLost.current)
        #expect(try await lock.release(.empty, renewed) == false)
        tap.withLock { $0 = nil }
        try await lock.close(.empty)
    }

    @Test("Only one of many concurrent callers acquires a lock") func race() async throws {
        let lock = try await Self.lock()
        for round in 0..<3 {
            let key = DriverFixture.key("\(round)")
            let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<10 {
                    group.addTask { try await lock.tryAcquire(.empty, key, ttl: .seconds(60)) != nil }
                }
                var count = 0
                for try await won in group where won { count += 1 }
                return count
            }
            #expect(winners == 1)
        }
        try await lock.close(.empty)
    }

    @Test("Long and empty keys denote distinct locks") func keys() async throws {
        let lock = try await Self.lock()
        let long = DriverFixture.key() + String(repeating: "x", count: 2000)
        for key in [long, long + "y", DriverFixture.key() + "~", DriverFixture.key() + "'\u{0}\u{7F}"] {
            #expect(try await lock.tryAcquire(.empty, key, ttl: .seconds(60)) != nil)
            #expect(try await lock.tryAcquire(.empty, key, ttl: .seconds(60)) == nil)
        }
        try await lock.close(.empty)
    }

    @Test("A wrong key, a bad name, and a service that can't be reached are errors") func faults() async throws {
        #expect(
            await DriverFixture.code { _ = try await Self.lock(["credential.access_key": "d3Jvbmc="]) }
                == "ACCESS_DENIED")
        #expect(await DriverFixture.code { _ = try await Self.lock(["table": "1"]) } == "BAD_TABLE_NAME")
        let isDown = Locked(false)
        let lock = try await Self.lock(
            ["options.retries": "0"],
            AzureTap { _ in
                if isDown.current { throw ApplicationError.connection(code: "CANNOT_CONNECT", "down") }
                return nil
            })
        isDown.withLock { $0 = true }
        let key = DriverFixture.key()
        #expect(
            await DriverFixture.code { _ = try await lock.tryAcquire(.empty, key, ttl: .seconds(60)) }
                == "CANNOT_CONNECT")
        isDown.withLock { $0 = false }
        #expect(try await lock.tryAcquire(.empty, key, ttl: .seconds(60)) != nil)
        try await lock.close(.empty)
    }
}

/// The store behind the lock.
@Suite struct StorageTableTests {
    private func table(_ config: ConfigParams = [:]) async throws -> StorageTable {
        let table = try await AzureFixture.assembled(
            StorageTable(), try AzureFixture.serverConfig("table", config), AzureTap())
        try await table.open(.empty)
        return table
    }

    @Test("Values are set, read, replaced and deleted") func values() async throws {
        let (table, key) = (try await table(), DriverFixture.key())
        #expect(try await table.get(.empty, key) == nil)
        #expect(try await table.delete(.empty, key) == false)
        try await table.set(.empty, key, [0, 255], ttl: nil)
        #expect(try await table.get(.empty, key) == [0, 255])
        #expect(try await table.add(.empty, key, [1], ttl: nil) == false)
        #expect(try await table.compareAndSet(.empty, key, expected: [1], [2], ttl: nil) == false)
        #expect(try await table.compareAndSet(.empty, key, expected: [0, 255], [2], ttl: nil))
        #expect(try await table.compareAndDelete(.empty, key, expected: [1]) == false)
        #expect(try await table.delete(.empty, key))
        try await table.set(.empty, key, [3], ttl: .zero)
        #expect(try await table.get(.empty, key) == nil)
        #expect(try await table.add(.empty, key, [1], ttl: .zero))
        #expect(try await table.get(.empty, key) == nil)
    }

    @Test("Counters are incremented concurrently, within their range") func counters() async throws {
        let (table, key) = (try await table(), DriverFixture.key())
        let sums = try await withThrowingTaskGroup(of: Int64.self) { group in
            for _ in 0..<10 { group.addTask { try await table.increment(.empty, key, by: 2) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(sums.sorted() == (1...10).map { $0 * 2 })
        try await table.set(.empty, key, Array("x".utf8), ttl: nil)
        #expect(await DriverFixture.code { _ = try await table.increment(.empty, key, by: 1) } == "NOT_A_NUMBER")
        try await table.set(.empty, key, Array("\(Int64.max)".utf8), ttl: nil)
        #expect(await DriverFixture.code { _ = try await table.increment(.empty, key, by: 1) } == "OUT_OF_RANGE")
    }

    @Test("A value that is too large is rejected") func tooLarge() async throws {
        let table = try await table()
        let code = await DriverFixture.code {
            try await table.set(.empty, DriverFixture.key(), [UInt8](repeating: 1, count: 65_538), ttl: nil)
        }
        #expect(code == "VALUE_TOO_LARGE")
    }

    @Test("Without auto-creation, the table must exist") func missing() async throws {
        let table = try await table(["options.auto_create": "false", "table": "missing"])
        #expect(await DriverFixture.code { _ = try await table.get(.empty, "k") } == "NOT_FOUND")
    }
}
#endif
