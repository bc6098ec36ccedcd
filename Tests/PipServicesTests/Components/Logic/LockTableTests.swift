import PipServicesTesting
import Testing

@testable import PipServices

@Suite struct LockTableTests {
    @Test func whoWaitsIsServedInOrder() throws {
        let table = Table()
        let first = try #require(table.tryAcquire("k", token: "a", ttl: .seconds(10), at: .zero))
        #expect(first.validUntil == .seconds(10))
        let tickets = ["b", "c", "d"].map { table.wait("k", token: $0, ttl: .seconds(5)) }
        #expect(table.grantNext("k", at: .seconds(9)) == nil)
        #expect(table.isAwaited("k"))
        #expect(table.giveUp("k", tickets[1]))
        #expect(table.giveUp("k", tickets[1]) == false)
        #expect(table.release(first, at: .seconds(9)))
        #expect(table.tryAcquire("k", token: "x", ttl: .seconds(1), at: .seconds(9)) == nil, "nobody overtakes")
        let second = try #require(table.grantNext("k", at: .seconds(9)))
        #expect(second.ticket == tickets[0])
        #expect(second.lease.token == "b")
        #expect(second.lease.validUntil == .seconds(14))
        #expect(try #require(second.lease.fencing) > #require(first.fencing))
        // It expires.
        #expect(table.grantNext("k", at: .seconds(13)) == nil)
        #expect(table.grantNext("k", at: .seconds(14))?.lease.token == "d")
        #expect(table.isAwaited("k") == false)
        #expect(table.grantNext("k", at: .seconds(99)) == nil)
    }

    @Test func onlyTheHolderRenewsAndReleases() throws {
        let table = Table()
        let old = try #require(table.tryAcquire("k", token: "a", ttl: .seconds(1), at: .zero))
        #expect(table.renew(old, ttl: .seconds(1), at: .seconds(1)) == nil, "it has ended")
        let new = try #require(table.tryAcquire("k", token: "b", ttl: .seconds(1), at: .seconds(1)))
        #expect(table.renew(old, ttl: .seconds(9), at: .seconds(1)) == nil)
        #expect(table.release(old, at: .seconds(1)) == false)
        let renewed = try #require(table.renew(new, ttl: .seconds(5), at: .seconds(1)))
        #expect(renewed.validUntil == .seconds(6))
        #expect(renewed.fencing == new.fencing)
        // The initial lease is as valid as the renewed one.
        #expect(table.release(new, at: .seconds(5)))
    }

    @Test func whoGivesUpLeavesNothing() {
        let table = Table()
        _ = table.tryAcquire("k", token: "a", ttl: .never, at: .zero)
        let last = table.wait("k", token: "stays", ttl: .seconds(1))
        for number in 0..<10_000 {
            let ticket = table.wait("k", token: "\(number)", ttl: .seconds(1))
            #expect(table.giveUp("k", ticket))
        }
        #expect(table.giveUp("k", last))
        #expect(table.isAwaited("k") == false)
    }
}

/// The table in a class, because the macros of Swift Testing can't call mutating functions.
private final class Table {
    private var table = LockTable()

    func tryAcquire(_ key: String, token: String, ttl: Duration, at now: Duration) -> LockLease? {
        table.tryAcquire(key, token: token, ttl: ttl, at: now)
    }
    func wait(_ key: String, token: String, ttl: Duration) -> Int { table.wait(key, token: token, ttl: ttl) }
    func giveUp(_ key: String, _ ticket: Int) -> Bool { table.giveUp(key, ticket) }
    func grantNext(_ key: String, at now: Duration) -> LockTable.Grant? { table.grantNext(key, at: now) }
    func renew(_ lease: LockLease, ttl: Duration, at now: Duration) -> LockLease? {
        table.renew(lease, ttl: ttl, at: now)
    }
    func release(_ lease: LockLease, at now: Duration) -> Bool { table.release(lease, at: now) }
    func isAwaited(_ key: String) -> Bool { table.isAwaited(key) }
}
