#if PIP_ACTIVEMQ
import Testing

@testable import PipServices

/// The calls of a client without a socket.
@Suite struct STOMPOutboxTests {
    private typealias Outbox = STOMPOutbox<Int>

    /// Adds calls whose waiter is their number.
    private static func add(
        _ outbox: inout Outbox, _ count: Int, deadline: Duration = .seconds(10), link: Int? = nil,
        refusable: Bool = false
    ) {
        for _ in 0..<count {
            let id = outbox.makeId()
            outbox.add(
                id,
                Outbox.Call(
                    frames: [STOMPFrame("SEND", ["id": "\(id)"])], waiter: id, deadline: deadline, link: link,
                    endsOnRefusal: refusable))
        }
    }

    private static func take(_ outbox: inout Outbox, _ limit: Int = 100) -> [Int] {
        var taken: [Int] = []
        while let next = outbox.takeNext(limit) {
            #expect(next.frames.last?.headers["receipt"] == "\(next.id)")
            taken.append(next.id)
        }
        return taken
    }

    @Test("Calls are sent in order, within the limit of calls in flight") func order() {
        var outbox = Outbox()
        Self.add(&outbox, 5)
        #expect(Self.take(&outbox, 3) == [1, 2, 3])
        #expect((outbox.count, outbox.inFlightCount, outbox.queuedCount) == (5, 3, 2))
        #expect(outbox.end("2")?.waiter == 2)
        #expect(Self.take(&outbox, 3) == [4])
        #expect(outbox.end("2") == nil)
        #expect(outbox.end("5") == nil, "it was not sent")
        #expect(outbox.end("x") == nil)
        #expect(outbox.end("1")?.waiter == 1)
        #expect(Self.take(&outbox, 3) == [5])
    }

    @Test("The size is that of the waiting calls") func size() {
        var outbox = Outbox()
        Self.add(&outbox, 2)
        let size = outbox.size
        #expect(size > 20)
        _ = Self.take(&outbox)
        #expect(outbox.size == size)
        _ = outbox.end("1")
        #expect(outbox.size == size / 2)
        #expect(outbox.abandon(2) == 2)
        #expect((outbox.size, outbox.count, outbox.inFlightCount) == (0, 0, 0))
    }

    @Test("After a loss, repeatable calls are resent first, in order, and the others fail") func loss() {
        var outbox = Outbox()
        Self.add(&outbox, 2)
        Self.add(&outbox, 1, link: 1)
        Self.add(&outbox, 1)
        #expect(Self.take(&outbox) == [1, 2, 3, 4])
        Self.add(&outbox, 1)
        Self.add(&outbox, 1, link: 1)
        _ = outbox.end("1")
        let ended = outbox.loseConnection("why")
        #expect(ended.map(\.waiter) == [3, 6])
        #expect(ended.allSatisfy { $0.failure == .lost("why") })
        #expect(Self.take(&outbox) == [2, 4, 5])
    }

    @Test("The call that the broker rejects fails, and the others continue") func refusal() {
        var outbox = Outbox()
        Self.add(&outbox, 3)
        _ = Self.take(&outbox)
        let ended = outbox.loseConnection("no", refused: "2", isRefusal: true)
        #expect(ended.map(\.waiter) == [2])
        #expect(ended.first?.failure == .refused("no"))
        #expect(Self.take(&outbox) == [1, 3])
    }

    @Test("A rejection without a receipt is the response to a subscription") func subscriptionRefused() {
        var outbox = Outbox()
        Self.add(&outbox, 1)
        Self.add(&outbox, 1, refusable: true)
        _ = Self.take(&outbox)
        let ended = outbox.loseConnection("not_found", isRefusal: true)
        #expect(ended.map(\.waiter) == [2])
        #expect(ended.first?.failure == .refused("not_found"))
    }

    @Test("A call that a broker may have rejected three times fails, and one that was only lost does not")
    func attempts() {
        var outbox = Outbox()
        Self.add(&outbox, 1)
        for _ in 1...10 {
            #expect(Self.take(&outbox) == [1])
            #expect(outbox.loseConnection("reset").isEmpty)
        }
        _ = outbox.abandon(1)
        Self.add(&outbox, 1)
        for _ in 1...2 {
            #expect(Self.take(&outbox) == [2])
            #expect(outbox.loseConnection("no", isRefusal: true).isEmpty)
        }
        #expect(Self.take(&outbox) == [2])
        #expect(outbox.loseConnection("no", isRefusal: true).first?.failure == .refused("no"))
        #expect(outbox.count == 0)
    }

    @Test("An expired call fails, and its error states whether it was sent") func expiry() {
        var outbox = Outbox()
        Self.add(&outbox, 1, deadline: .seconds(1))
        _ = Self.take(&outbox)
        Self.add(&outbox, 1, deadline: .seconds(2))
        Self.add(&outbox, 1, deadline: .seconds(3))
        #expect(outbox.nextDeadline == .seconds(1))
        #expect(outbox.expire(at: .milliseconds(999), nil).isEmpty)
        #expect(outbox.expire(at: .seconds(1), nil).map(\.failure) == [.noAnswer])
        #expect(outbox.expire(at: .seconds(2), nil).map(\.failure) == [.notSent])
        #expect(outbox.expire(at: .seconds(3), "it is down").map(\.failure) == [.unreachable("it is down")])
        #expect(outbox.nextDeadline == nil)
    }

    @Test("Abandoned calls leave no state") func abandoned() {
        var outbox = Outbox()
        Self.add(&outbox, 1)
        #expect(Self.take(&outbox) == [1])
        for number in 2..<10_000 {
            Self.add(&outbox, 1)
            if number.isMultiple(of: 2) { _ = outbox.takeNext(2) }
            #expect(outbox.abandon(number) == number)
        }
        #expect(outbox.count == 1)
        #expect(outbox.keptNumbers < 300)
        #expect(outbox.removeAll() == [1])
        #expect(outbox.keptNumbers == 0)
    }
}
#endif
