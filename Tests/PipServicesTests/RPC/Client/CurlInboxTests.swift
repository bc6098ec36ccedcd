#if PIP_CURL
import Testing

@testable import PipServices

@Suite struct CurlInboxTests {
    /// The thread does not wait while there is something to do: nobody would wake it for that.
    @Test func nothingIsLeftBehind() throws {
        let inbox = CurlInbox(try #require(CurlPoller()), servesOnTasks: true)
        inbox.cancel(1)
        inbox.cancel(2)
        #expect(inbox.taken.count == 2)
        inbox.resume(3)
        #expect(!inbox.prepareToWait())
        #expect(inbox.taken.count == 1)
        #expect(inbox.prepareToWait())
        #expect(inbox.taken.isEmpty)
    }

    @Test func theThreadIsWokenByWhatComesWhileItWaits() throws {
        let poller = try #require(CurlPoller())
        let inbox = CurlInbox(poller, servesOnTasks: true)
        var ready = CurlPoller.Ready()
        #expect(inbox.prepareToWait())
        inbox.cancel(1)
        inbox.cancel(2)
        // Woken at once, rather than after a minute.
        let start = SystemClock().uptime
        poller.wait(60_000, &ready)
        #expect(ready.isEmpty && SystemClock().uptime - start < .seconds(50))
        #expect(inbox.taken.count == 2)
        #expect(inbox.prepareToWait())
        inbox.resume(3)
        poller.wait(60_000, &ready)
        #expect(SystemClock().uptime - start < .seconds(50), "and again after somebody has looked")
    }
}

extension CurlInbox {
    /// What there is to do.
    fileprivate var taken: [Command] {
        var commands: [Command] = []
        take(&commands)
        return commands
    }
}
#endif
