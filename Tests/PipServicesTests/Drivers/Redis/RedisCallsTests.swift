#if PIP_REDIS
import PipServicesTesting
import Testing

@testable import PipServices

/// Which reply belongs to which call: the rules alone, without a server.
@Suite struct RedisCallsTests {
    /// Unsent calls whose waiter, id and only byte are their number.
    private func calls(_ count: UInt8, deadline: Int64 = 100, limit: Int64 = .max) -> RedisCalls<Int> {
        var calls = RedisCalls<Int>()
        for number in 0..<count {
            calls.append(UInt64(number), Int(number), [number], replies: nil, deadline: deadline, limit: limit)
        }
        return calls
    }

    private func answer(_ calls: inout RedisCalls<Int>, _ number: Int64) -> (isAsked: Bool, waiters: [Int]) {
        var answered: [RedisCalls<Int>.Answered] = []
        let isAsked = calls.answer(.integer(number), &answered)
        return (isAsked, answered.map(\.waiter))
    }

    @Test func answersComeInTheOrderOfTheCalls() {
        var (calls, output) = (calls(3), [UInt8]())
        #expect(answer(&calls, 0).isAsked == false, "nothing was sent yet")
        calls.take(into: &output, upTo: 2)
        calls.confirm()
        #expect(output == [0, 1] && calls.sentCount == 2 && calls.unsentBytes == 1)
        #expect(answer(&calls, 0).waiters == [0])
        #expect(answer(&calls, 1).waiters == [1])
        #expect(answer(&calls, 2).isAsked == false)
        calls.take(into: &output, upTo: 100)
        calls.confirm()
        #expect(answer(&calls, 2).waiters == [2])
        #expect(calls.isEmpty && output == [0, 1, 2])
    }

    /// What is not copied is sent in its place among the others.
    @Test(arguments: [[70_000, 3], [3, 70_000], [70_000, 70_000], [70_000, 300_000, 3]])
    func largeCallsGoOutInTheirOrder(sizes: [Int]) {
        var calls = RedisCalls<Int>()
        let texts = sizes.enumerated().map { [UInt8](repeating: UInt8($0.offset), count: $0.element) }
        for (index, text) in texts.enumerated() {
            calls.append(UInt64(index), index, text, replies: nil, deadline: 100, limit: .max)
        }
        var sent: [UInt8] = []
        while calls.unsentCount > 0 {
            var output: [UInt8] = []
            calls.take(into: &output, upTo: 256 << 10)
            calls.confirm()
            sent += output
        }
        #expect(sent == texts.flatMap { $0 } && calls.unsentBytes == 0)
        #expect(sizes.indices.allSatisfy { answer(&calls, 0).waiters == [$0] })
    }

    @Test func whoGivesUpKeepsThePlaceOfWhatWasSent() {
        var (calls, output) = (calls(3), [UInt8]())
        calls.take(into: &output, upTo: 2)
        calls.confirm()
        #expect(calls.abandon(0) == 0)
        #expect(calls.abandon(0) == nil)
        #expect(calls.abandon(2) == 2)
        #expect(calls.count == 2, "the place of what was not sent is free")
        #expect(answer(&calls, 0).waiters == [])
        #expect(answer(&calls, 1).waiters == [1])
        calls.take(into: &output, upTo: 100)
        calls.confirm()
        #expect(output == [0, 1], "nobody wants the last")
    }

    @Test func aBatchEndsWithAllItsAnswers() {
        var (calls, output) = (RedisCalls<Int>(), [UInt8]())
        calls.append(0, 0, [0], replies: 2, deadline: 100, limit: .max)
        calls.append(1, 1, [1], replies: 2, deadline: 100, limit: .max)
        calls.append(2, 2, [2], replies: nil, deadline: 100, limit: .max)
        calls.take(into: &output, upTo: 100)
        calls.confirm()
        #expect(answer(&calls, 10).waiters == [])
        #expect(calls.abandon(0) == 0)
        #expect(answer(&calls, 11).waiters == [])
        #expect(answer(&calls, 20).waiters == [])
        var answered: [RedisCalls<Int>.Answered] = []
        #expect(calls.answer(.integer(21), &answered))
        #expect(answered.map(\.reply) == [.array([.integer(20), .integer(21)])])
        #expect(answer(&calls, 30).waiters == [2])
    }

    @Test func whatIsNotAnsweredInTimeEndsTheConnection() {
        var (calls, output) = (calls(2, deadline: 100, limit: 50), [UInt8]())
        calls.take(into: &output, upTo: 1)
        calls.confirm()
        #expect(calls.nextTimeout == 50)
        #expect(calls.expire(at: 49).ended.isEmpty)
        let early = calls.expire(at: 50)
        #expect(early.ended.map(\.waiter) == [0, 1] && early.ended.map(\.isSent) == [true, false])
        #expect(!early.isDead, "the server has until the deadline")
        #expect(calls.expire(at: 99).isDead == false)
        #expect(calls.expire(at: 100).isDead)
        #expect(calls.loseSent().isEmpty, "who waited has been told")
        #expect(calls.isEmpty && calls.unsentBytes == 0)
    }

    @Test func aConnectionThatAnswersOthersIsOnlySlow() {
        var (calls, output) = (RedisCalls<Int>(silenceLimit: 100), [UInt8]())
        for number in 0..<3 {
            calls.append(UInt64(number), number, [0], replies: nil, deadline: 100, limit: .max)
        }
        calls.noteActivity(at: 90)
        calls.take(into: &output, upTo: 100)
        calls.confirm()
        let late = calls.expire(at: 100)
        #expect(late.ended.map(\.waiter) == [0, 1, 2] && !late.isDead)
        #expect(calls.nextTimeout == 190, "sent 10 before, it has 90 left")
        calls.noteActivity(at: 150)
        #expect(answer(&calls, 0).waiters == [])
        #expect(!calls.expire(at: 190).isDead && calls.nextTimeout == 250)
        #expect(calls.expire(at: 250).isDead)
    }

    @Test func aLostConnectionFailsWhatWasSentAlone() {
        var (calls, output) = (calls(3), [UInt8]())
        calls.take(into: &output, upTo: 2)
        calls.confirm()
        #expect(calls.loseSent() == [0, 1])
        #expect(answer(&calls, 0).isAsked == false)
        calls.take(into: &output, upTo: 100)
        calls.confirm()
        #expect(answer(&calls, 2).waiters == [2])
        calls = self.calls(3)
        #expect(calls.removeAll() == [0, 1, 2] && calls.isEmpty)
    }

    @Test func whatIsNotOnTheWireIsNotLost() {
        var calls = self.calls(4)
        var output: [UInt8] = []
        calls.take(into: &output, upTo: 1)
        calls.confirm()
        calls.take(into: &output, upTo: 3)
        #expect(output == [0, 1, 2] && calls.sentCount == 3)
        #expect(answer(&calls, 0).waiters == [0])
        #expect(!answer(&calls, 1).isAsked, "nobody can have answered it yet")
        #expect(calls.abandon(1) == 1)
        calls.takeBack()
        #expect(calls.sentCount == 0 && calls.unsentCount == 2 && calls.unsentBytes == 2)
        #expect(calls.loseSent().isEmpty)
        output = []
        calls.take(into: &output, upTo: 100)
        calls.confirm()
        #expect(output == [2, 3] && calls.unsentBytes == 0)
        #expect(answer(&calls, 2).waiters == [2] && answer(&calls, 3).waiters == [3] && calls.isEmpty)
    }

    /// Any order of events: each answer reaches the one whose question it belongs to, and everyone hears once.
    @Test func noAnswerReachesAnotherInAnyOrderOfEvents() {
        let seed: UInt64 = 20_261_121
        let random = SeededRandom(seed: seed)
        for _ in 0..<200 {
            var (calls, wire, told) = (RedisCalls<Int>(), [Int](), Set<Int>())
            var (next, now): (Int, Int64) = (0, 0)
            func tell(_ number: Int) { #expect(told.insert(number).inserted, "\(number) was told twice, seed \(seed)") }
            for _ in 0..<300 {
                switch random.next(in: 0..<12) {
                case 0..<4:
                    // The number in two bytes.
                    let bytes = [UInt8(next >> 8), UInt8(truncatingIfNeeded: next)]
                    let limit = random.next(in: 0..<3) == 0 ? now + Int64(random.next(in: 1..<20)) : .max
                    calls.append(UInt64(next), next, bytes, replies: nil, deadline: now + 30, limit: limit)
                    next += 1
                case 4..<6:
                    var output: [UInt8] = []
                    calls.take(into: &output, upTo: random.next(in: 1..<20))
                    if random.next(in: 0..<4) == 0 {
                        calls.takeBack()
                        continue
                    }
                    calls.confirm()
                    for index in stride(from: 0, to: output.count, by: 2) {
                        wire.append(Int(output[index]) << 8 | Int(output[index + 1]))
                        #expect(!told.contains(wire[wire.count - 1]), "an abandoned call is not sent, seed \(seed)")
                    }
                case 6..<9:
                    guard !wire.isEmpty else { continue }
                    let number = wire.removeFirst()
                    let result = answer(&calls, Int64(number))
                    #expect(result.isAsked && result.waiters.allSatisfy { $0 == number }, "seed \(seed)")
                    for waiter in result.waiters { tell(waiter) }
                case 9:
                    if next > 0, let waiter = calls.abandon(UInt64(random.next(in: 0..<next))) { tell(waiter) }
                case 10:
                    now += Int64(random.next(in: 0..<5))
                    let expired = calls.expire(at: now)
                    for call in expired.ended { tell(call.waiter) }
                    guard expired.isDead else {
                        #expect(calls.nextTimeout > now, "the thread would not sleep, seed \(seed)")
                        continue
                    }
                    for waiter in calls.loseSent() { tell(waiter) }
                    wire = []
                default:
                    guard random.next(in: 0..<10) == 0 else { continue }
                    for waiter in calls.loseSent() { tell(waiter) }
                    wire = []
                }
                #expect(calls.sentCount == wire.count, "seed \(seed)")
                #expect(calls.unsentBytes == 2 * calls.unsentCount, "seed \(seed)")
            }
            for waiter in calls.removeAll() { tell(waiter) }
            #expect(told.count == next && calls.isEmpty, "seed \(seed)")
        }
    }

    @Test("Transferred bytes count as activity, single bytes do not") func bytesAreActivity() {
        var (calls, output) = (RedisCalls<Int>(silenceLimit: 50), [UInt8]())
        for number in 0..<2 {
            calls.append(UInt64(number), number, [0], replies: nil, deadline: 100, limit: number == 0 ? .max : 120)
        }
        calls.take(into: &output, upTo: 100)
        calls.confirm()
        calls.noteActivity(at: 0)
        calls.noteBytes(4096, at: 90)
        var result = calls.expire(at: 119)
        #expect(result.ended.isEmpty && !result.isDead, "a large reply arrives")
        result = calls.expire(at: 120)
        #expect(result.ended.map(\.waiter) == [1] && !result.isDead, "its own limit")
        calls.noteBytes(4000, at: 130)
        result = calls.expire(at: 140)
        #expect(result.ended.map(\.waiter) == [0] && result.isDead, "too few bytes")
        // However long it goes on, nobody waits for ever.
        calls = RedisCalls<Int>(silenceLimit: 50)
        calls.append(0, 0, [0], replies: nil, deadline: 100, limit: .max)
        calls.take(into: &output, upTo: 1000)
        calls.confirm()
        for time in stride(from: Int64(10), through: 240, by: 10) { calls.noteBytes(5000, at: time) }
        #expect(calls.expire(at: 249).ended.isEmpty)
        calls.noteBytes(5000, at: 249)
        result = calls.expire(at: 250)
        #expect(result.ended.map(\.waiter) == [0] && !result.isDead)
    }
}
#endif
