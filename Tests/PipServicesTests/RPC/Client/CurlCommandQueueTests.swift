#if PIP_CURL
import Glibc
import Testing

@testable import PipServices

@Suite struct CurlCommandQueueTests {
    @Test("The thread does not wait while commands are queued") func commandsAreNotLeftBehind() throws {
        let queue = try CurlCommandQueue()
        queue.cancel(1)
        queue.cancel(2)
        #expect(queue.takeAll()?.count == 2)
        queue.resume(3)
        #expect(!queue.prepareToWait())
        #expect(queue.takeAll()?.count == 1)
        #expect(queue.prepareToWait())
        #expect(queue.takeAll()?.isEmpty == true)
    }

    @Test("A command wakes the thread only if it waits") func commandWakesAWaitingThread() throws {
        let queue = try CurlCommandQueue()
        queue.cancel(1)
        #expect(!queue.wakeup.isSet)
        #expect(queue.takeAll()?.count == 1)
        for _ in 0..<2 {
            #expect(queue.prepareToWait())
            queue.cancel(1)
            #expect(queue.wakeup.isSet)
            queue.wakeup.clear()
            queue.cancel(2)
            #expect(!queue.wakeup.isSet)
            #expect(queue.takeAll()?.count == 2)
        }
    }

    @Test("Stopping wakes the thread and ends the queue") func stopEndsTheQueue() throws {
        let queue = try CurlCommandQueue()
        let ends = Locked(0)
        #expect(queue.prepareToWait())
        queue.stop { ends.withLock { $0 += 1 } }
        #expect(queue.wakeup.isSet)
        #expect(!queue.prepareToWait())
        #expect(queue.takeAll() == nil)
        #expect(ends.current == 0)
        #expect(!queue.hasEnded)
        queue.end()
        #expect(queue.hasEnded)
        #expect(ends.current == 1)
        queue.stop { ends.withLock { $0 += 1 } }
        #expect(ends.current == 2)
    }

    @Test("A call queued after the end, or left in the queue, fails", arguments: [false, true])
    func callsFailAfterTheEnd(isQueuedBefore: Bool) async throws {
        let queue = try CurlCommandQueue()
        if !isQueuedBefore { queue.end() }
        let error = await #expect(throws: ApplicationError.self) {
            _ = try await withCheckedThrowingContinuation { continuation in
                queue.start(
                    CurlCall(
                        1, .empty, HTTPClientRequest(.get, "http://host/"), upload: nil, feeder: nil, download: nil,
                        continuation, queue))
                if isQueuedBefore { queue.end() }
            }
        }
        #expect(error?.code == HTTPFailure.cannotConnect)
    }

    @Test("A wake-up ends one wait of libcurl") func wakeupEndsOneWait() throws {
        #expect(CurlLibrary.isReady)
        let wakeup = try Wakeup()
        let sockets = try CurlSockets(wakeup)
        defer { sockets.close() }
        let limits = CurlLimits(connectionsPerHost: 0, idleConnections: 1, calls: 1, idleTime: .seconds(1))
        let multi = try #require(CurlMulti(limits, sockets))
        let clock = SystemClock()
        let start = clock.uptime
        wakeup.wake()
        wakeup.wake()
        multi.wait(canBlock: true, longest: .max)
        #expect(clock.uptime - start < .seconds(50))
        #expect(!wakeup.isSet)
        #expect(multi.close().isEmpty)
    }
}

extension Wakeup {
    /// True if the next wait ends at once.
    fileprivate var isSet: Bool {
        var source = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&source, 1, 0) == 1
    }
}
#endif
