#if PIP_HTTP
import NIOCore
import NIOEmbedded
import Testing

@testable import PipServices

@Suite struct ReusableTimerTests {
    private final class Counter {
        var count = 0
    }

    private let loop = EmbeddedEventLoop()
    private let counter = Counter()

    private func timer() -> ReusableTimer { ReusableTimer(on: loop) { [counter] in counter.count += 1 } }

    @Test("A timer fires once, when its time has passed")
    func fires() {
        let timer = timer()
        timer.set(in: .seconds(2))
        loop.advanceTime(by: .seconds(1))
        #expect(counter.count == 0)
        loop.advanceTime(by: .seconds(1))
        #expect(counter.count == 1)
        loop.advanceTime(by: .seconds(100))
        #expect(counter.count == 1)
    }

    @Test("A postponed timer fires at the later time")
    func later() {
        let timer = timer()
        timer.set(in: .seconds(2))
        loop.advanceTime(by: .seconds(1))
        timer.set(in: .seconds(5))
        loop.advanceTime(by: .milliseconds(4999))
        #expect(counter.count == 0)
        loop.advanceTime(by: .milliseconds(1))
        #expect(counter.count == 1)
    }

    @Test("A timer set to an earlier time fires then, and only once")
    func earlier() {
        let timer = timer()
        timer.set(in: .seconds(60))
        timer.set(in: .seconds(1))
        loop.advanceTime(by: .seconds(1))
        #expect(counter.count == 1)
        loop.advanceTime(by: .seconds(100))
        #expect(counter.count == 1)
    }

    @Test("A stopped timer does not fire until it is set again")
    func stopped() {
        let timer = timer()
        timer.set(in: .seconds(1))
        timer.stop()
        loop.advanceTime(by: .seconds(10))
        #expect(counter.count == 0)
        timer.set(in: .seconds(1))
        loop.advanceTime(by: .seconds(1))
        #expect(counter.count == 1)
    }

    @Test("A cancelled timer releases its action")
    func cancelled() {
        var counter: Counter? = Counter()
        weak let released = counter
        var timer: ReusableTimer? = ReusableTimer(on: loop) { [counter] in counter?.count += 1 }
        timer?.set(in: .seconds(600))
        timer?.cancel()
        counter = nil
        timer = nil
        #expect(released == nil)
        loop.advanceTime(by: .seconds(700))
    }
}
#endif
