import Testing

@testable import PipServices

/// When the question of a call may be sent before a thread takes the call up.
@Suite struct MemcachedSeatTests {
    private let options = MemcachedOptions(idle: .seconds(5))
    private let view = MemcachedServers.View(members: [0])

    @Test func aQuestionIsSentOnAClientInUse() {
        let call = StubCall()
        MemcachedSeat(client: StubClient(view), lastUse: .seconds(1)).ask(call, view, .seconds(6), options)
        #expect(call.isAsked)
    }

    @Test func elseTheThreadAsks() {
        func expectNone(
            _ what: Comment, now: Duration = .seconds(1), _ view: MemcachedServers.View? = nil,
            _ change: (StubClient) -> Void = { _ in }
        ) {
            let (client, call) = (StubClient(self.view), StubCall())
            change(client)
            MemcachedSeat(client: client, lastUse: .seconds(1)).ask(call, view ?? self.view, now, options)
            #expect(!call.isAsked, what)
        }
        expectNone("others may have closed what was long at rest", now: .milliseconds(6001))
        expectNone("connections of an earlier view are not used", MemcachedServers.View(epoch: 1, members: [0]))
        expectNone("who may be out of use", MemcachedServers.View(members: [0], isDoubtful: true))
        expectNone("what could not send once") { $0.isBroken = true }
        let call = StubCall()
        MemcachedSeat().ask(call, view, .zero, options)
        #expect(!call.isAsked, "there is no client yet")
    }

    @Test func whatCouldNotSendIsReplaced() {
        let client = StubClient(view)
        let seat = MemcachedSeat(client: client, lastUse: .zero)
        #expect(seat.isFresh(view, .zero, options))
        client.isBroken = true
        #expect(!seat.isFresh(view, .zero, options))
    }

    @Test func whoHasGivenUpAsksNothing() async {
        let client = StubClient(view)
        let call = MemcachedCall<Void>(
            deadline: .zero, explain: { _ in .invocation(code: "NONE", "none") }, asking: { $0.ask("k") },
            { _ throws(MemcachedFault) in })
        call.ask(client)
        #expect(client.asks == 0, "nobody waits yet")
        try? await withCheckedThrowingContinuation { continuation in
            #expect(call.wait(continuation))
            call.ask(client)
            #expect(client.asks == 1)
            call.fail(CancellationError())
        }
        call.ask(client)
        #expect(client.asks == 1)
    }
}

private final class StubCall: MemcachedJob {
    private let wasAsked = Locked(false)
    let deadline = Duration.zero
    let isDone = false

    var isAsked: Bool { wasAsked.current }

    func ask(_ client: any MemcachedClient) { wasAsked.withLock { $0 = true } }
    func perform(_ client: any MemcachedClient) {}
    func fail(_ fault: MemcachedFault) {}
    func fail(_ error: any Error) {}
}

/// Answers nothing.
private final class StubClient: MemcachedClient {
    var view: MemcachedServers.View
    var asked: Set<Int> = []
    var isAsked = false
    var isBroken = false
    var isOver: () -> Bool = { false }
    var asks = 0

    init(_ view: MemcachedServers.View) { self.view = view }

    func limitWaits(to milliseconds: Int) {}
    func ask(_ key: String) { asks += 1 }
    func ask(_ question: MemcachedQuestion) { asks += 1 }
    func get(_ key: String) -> [UInt8]? { nil }
    func getVersioned(_ key: String) -> (value: [UInt8], version: UInt64)? { nil }
    func getMany(_ question: MemcachedQuestion) -> [String: [UInt8]] { [:] }
    func set(_ key: String, _ value: [UInt8], _ expiry: Int) {}
    func add(_ key: String, _ value: [UInt8], _ expiry: Int) -> Bool { false }
    func replace(_ key: String, _ value: [UInt8], _ expiry: Int, version: UInt64) -> MemcachedReplacement { .missing }
    func delete(_ key: String) -> Bool { false }
    func increment(_ key: String, by amount: UInt64) -> UInt64? { nil }
    func decrement(_ key: String, by amount: UInt64) -> UInt64? { nil }
    func ping() {}
}
