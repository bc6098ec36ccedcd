import Testing

@testable import PipServices

@Suite struct WorkerSlotTests {
    private let view = MemcachedServers.View(members: [0])

    /// The number of the client for a second call, 1 if it is still that of the first.
    private func second(
        _ view: MemcachedServers.View, at now: Duration, after change: (inout WorkerSlot) -> Void = { _ in }
    ) throws -> Int? {
        let counts = Locked(StubMemcachedClient.Counts())
        var slot = WorkerSlot()
        func client(_ view: MemcachedServers.View, _ now: Duration) throws(MemcachedFault) -> any MemcachedClient {
            try slot.client(for: view, at: now, maxIdle: .seconds(5)) { StubMemcachedClient($0, counts) }
        }
        _ = try client(self.view, .zero)
        slot.markUsed(at: .seconds(1))
        change(&slot)
        let client = try client(view, now)
        #expect(client.view == view)
        #expect(counts.current.open == 1, "the old connections are closed")
        return (client as? StubMemcachedClient)?.number
    }

    @Test("A client is reused until it has been idle too long") func reusesClient() throws {
        #expect(try second(view, at: .seconds(6)) == 1)
        #expect(try second(view, at: .milliseconds(6001)) == 2)
    }

    @Test("A client that is too old is replaced, so that hosts are resolved again") func replacesOldClient() throws {
        var slot = WorkerSlot()
        func number(at now: Duration) throws -> Int {
            let counts = Locked(StubMemcachedClient.Counts())
            _ = try slot.client(for: view, at: now, maxIdle: .never, maxAge: .seconds(10)) {
                StubMemcachedClient($0, counts)
            }
            return counts.current.created
        }
        #expect(try number(at: .zero) == 1)
        #expect(try number(at: .seconds(9)) == 0)
        #expect(try number(at: .seconds(10)) == 1)
        #expect(slot.replacements == 1)
    }

    @Test("A client of an earlier epoch is replaced") func replacesClientOfEarlierEpoch() throws {
        #expect(try second(MemcachedServers.View(epoch: 1, members: [0]), at: .seconds(1)) == 2)
    }

    @Test("A reused client receives the current view") func updatesView() throws {
        #expect(try second(MemcachedServers.View(members: [0], down: [0], isDoubtful: true), at: .seconds(1)) == 1)
    }

    @Test("A discarded client is replaced") func replacesDiscardedClient() throws {
        #expect(try second(view, at: .seconds(1), after: { $0.discard() }) == 2)
    }
}
