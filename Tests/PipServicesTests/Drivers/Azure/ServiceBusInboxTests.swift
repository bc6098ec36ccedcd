#if PIP_AZURE
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// The messages that Service Bus has locked for a process, on a clock that the test moves.
@Suite struct ServiceBusInboxTests {
    /// An inbox, and what it asks of the broker.
    private struct Bench: Sendable {
        let clock = VirtualClock()
        let asked = Locked(0)
        let returned = Locked<[AMQPOutcome]>([])
        let renewed = Locked(0)
        let renewal = Locked<Result<Duration, ApplicationError>>(.success(.seconds(30)))
        let sleeps = Locked(0)
        let inbox: ServiceBusInbox

        /// - Parameter gate: the stream whose end renewals wait for.
        init(prefetch: Int = 0, gate: AsyncStream<Void>? = nil) {
            let (asked, returned, renewed, renewal) = (asked, returned, renewed, renewal)
            inbox = ServiceBusInbox(
                entity: "q", prefetch: prefetch, clock: CountingClock(clock: clock, sleeps: sleeps),
                logger: CompositeLogger(),
                ask: { count in asked.withLock { $0 += count } },
                giveBack: { _, outcome in returned.withLock { $0.append(outcome) } },
                renew: { _ in
                    renewed.withLock { $0 += 1 }
                    if let gate { for await _ in gate {} }
                    return [try renewal.current.get()]
                })
        }

        /// A message whose broker lock lasts for some time.
        func deliver(_ number: Int, lock: Duration = .seconds(30), tag: [UInt8] = Array(0..<16)) {
            var message = AMQPMessage(MessageEnvelope(.empty, "t", "\(number)"), type: .contentType)
            let end = AMQPMessage.milliseconds(clock.now) + lock.wholeMilliseconds
            message.annotations = .symbols(["x-opt-locked-until": .timestamp(end)])
            inbox.accept(
                AMQPDelivery(
                    id: AMQPDeliveryID(number: number), tag: tag, message: message.encoded))
        }

        /// Moves the clock, once something sleeps on it.
        func pass(_ time: Duration) async throws {
            try await waitUntil(within: .seconds(30)) { clock.sleeperCount > 0 }
            clock.advance(by: time)
        }
    }

    private static let back = AMQPOutcome.modified(hasFailed: true, isUndeliverable: false)

    @Test("A message whose local lock expires is returned, and can no longer be settled") func end() async throws {
        let bench = Bench()
        bench.deliver(1)
        let (held, number) = try #require(bench.inbox.take(lock: .seconds(10)))
        #expect(held.envelope.messageAsString == "1")
        try await bench.pass(.seconds(9))
        #expect(bench.returned.current.isEmpty)
        try await bench.pass(.seconds(1))
        try await waitUntil(within: .seconds(30)) { bench.returned.current == [Self.back] }
        #expect(bench.inbox.remove(number) == nil)
        #expect(bench.renewed.current == 0)
    }

    @Test("The broker's lock is renewed before it expires, while the message is locked locally") func renewal()
        async throws
    {
        let bench = Bench()
        bench.deliver(1)
        let (_, number) = try #require(bench.inbox.take(lock: .seconds(1_000_000)))
        try await bench.pass(.seconds(19))
        #expect(bench.renewed.current == 0)
        bench.clock.advance(by: .seconds(1))
        for count in 1...3 {
            try await waitUntil(within: .seconds(30)) {
                if bench.renewed.current >= count { return true }
                if count > 1 { bench.clock.advance(by: .seconds(1)) }
                return false
            }
        }
        #expect(bench.inbox.remove(number) != nil)
        #expect(bench.returned.current.isEmpty)
    }

    @Test(
        "Lock durations are limited if the clocks differ",
        arguments: [(-60_000, 1), (0, 1), (30_000, 30), (3_600_000, 300)] as [(Int64, Int)])
    func skew(milliseconds: Int64, seconds: Int) {
        let now = Date(timeIntervalSince1970: 1_700_000_000)
        #expect(
            ServiceBusInbox.lockTime(until: 1_700_000_000_000 + milliseconds, now) == .seconds(seconds))
        #expect(ServiceBusInbox.lockTime(until: .min, now) == .seconds(1))
        #expect(ServiceBusInbox.lockTime(until: .max, now) == .seconds(300))
    }

    @Test("A lock that can't be renewed causes no repeated timers") func noToken() async throws {
        let bench = Bench()
        bench.deliver(1, tag: [1])
        _ = try #require(bench.inbox.take(lock: .seconds(100)))
        for _ in 0..<30 {
            try await bench.pass(.seconds(1))
            try? await SystemClock().sleep(for: .milliseconds(2))
        }
        #expect(bench.renewed.current == 0 && bench.sleeps.current == 1)
        try await bench.pass(.seconds(70))
        try await waitUntil(within: .seconds(30)) { bench.returned.current == [Self.back] }
    }

    @Test("A message put back during a renewal is renewed again") func renewedMeanwhile() async throws {
        let (gate, open) = AsyncStream<Void>.makeStream()
        let bench = Bench(gate: gate)
        bench.deliver(1)
        let (_, number) = try #require(bench.inbox.take(lock: .seconds(1_000)))
        try await bench.pass(.seconds(20))
        try await waitUntil(within: .seconds(30)) { bench.renewed.current == 1 }
        let held = try #require(bench.inbox.remove(number))
        open.finish()
        // The renewal finds no message.
        try? await SystemClock().sleep(for: .milliseconds(50))
        bench.inbox.abandon(held, after: .seconds(1_000))
        try await waitUntil(within: .seconds(30)) {
            bench.clock.advance(by: .milliseconds(100))
            return bench.renewed.current >= 2
        }
        #expect(bench.returned.current.isEmpty)
    }

    @Test("A lock that the broker has revoked is lost") func lost() async throws {
        let bench = Bench()
        bench.renewal.withLock { $0 = .failure(ApplicationError.lockExpired(.empty, "q")) }
        bench.deliver(1)
        let (_, number) = try #require(bench.inbox.take(lock: .seconds(100)))
        try await bench.pass(.seconds(20))
        try await waitUntil(within: .seconds(30)) { !bench.inbox.extend(number, by: .seconds(100)) }
        #expect(bench.inbox.remove(number) == nil)
    }

    @Test("An abandoned message is returned after its delay") func delay() async throws {
        let bench = Bench()
        bench.deliver(1)
        let (_, number) = try #require(bench.inbox.take(lock: .seconds(10)))
        bench.inbox.abandon(try #require(bench.inbox.remove(number)), after: .seconds(4))
        try await bench.pass(.seconds(3))
        #expect(bench.returned.current.isEmpty)
        try await bench.pass(.seconds(1))
        try await waitUntil(within: .seconds(30)) { bench.returned.current == [Self.back] }
    }

    @Test("A message whose lock is about to expire is not handed out") func late() {
        let bench = Bench()
        bench.deliver(1, lock: .milliseconds(1_500))
        bench.clock.advance(by: .milliseconds(1_200))
        #expect(bench.inbox.take(lock: .seconds(10)) == nil)
        #expect(bench.returned.current == [.released])
    }

    @Test("Credit is granted for each waiting receiver, and again after the link was lost")
    func credit() async throws {
        let bench = Bench()
        let waiting = (0..<3).map { _ in Task { await bench.inbox.wait(.seconds(100)) } }
        try await waitUntil(within: .seconds(30)) { bench.asked.current == 3 }
        bench.deliver(1)
        bench.inbox.lose()
        // Two are left that wait.
        #expect(bench.asked.current == 5)
        #expect(!bench.inbox.beginDrain())
        bench.inbox.end()
        for task in waiting { #expect(await task.value) }
    }

    @Test("With a prefetch, credit is renewed for each taken message") func prefetch() async throws {
        let bench = Bench(prefetch: 2)
        bench.inbox.restart()
        #expect(bench.asked.current == 2)
        bench.deliver(1)
        _ = try #require(bench.inbox.take(lock: .seconds(10)))
        #expect(bench.asked.current == 3)
        #expect(bench.inbox.close().isEmpty)
        #expect(await !bench.inbox.wait(.seconds(1)))
    }

    @Test("Messages in excess of the requested number are limited") func flood() {
        let bench = Bench()
        for number in 1...10_010 { bench.deliver(number) }
        #expect(bench.inbox.close().count == 10_000)
    }

    @Test("A message that arrives too late for its receiver is released") func surplus() {
        let bench = Bench()
        #expect(bench.inbox.beginPoll())
        #expect(bench.asked.current == 1)
        #expect(!bench.inbox.beginPoll())
        bench.deliver(1)
        bench.inbox.endDrain(true)
        bench.inbox.releaseSurplus()
        #expect(bench.returned.current == [.released])
        #expect(bench.inbox.take(lock: .seconds(1)) == nil)
    }
}

/// Counts the sleeps on a virtual clock.
private struct CountingClock: ClockSource {
    let clock: VirtualClock
    let sleeps: Locked<Int>

    var now: Date { clock.now }
    var uptime: Duration { clock.uptime }

    func sleep(for duration: Duration) async throws {
        sleeps.withLock { $0 += 1 }
        try await clock.sleep(for: duration)
    }
}
#endif
