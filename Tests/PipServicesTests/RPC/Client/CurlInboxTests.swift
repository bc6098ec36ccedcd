#if PIP_CURL
import Testing

@testable import PipServices

@Suite struct CurlInboxTests {
    /// Who is at the loop does not leave while there is something to do: nobody else would be woken for it.
    @Test func nothingIsLeftBehind() throws {
        let inbox = CurlInbox(try #require(CurlPoller()), servesOnTasks: true)
        inbox.cancel(1)
        inbox.cancel(2)
        #expect(inbox.take().count == 2)
        inbox.resume(3)
        #expect(!inbox.leave(isQuiet: true))
        #expect(inbox.take().count == 1)
        #expect(inbox.leave(isQuiet: true))
        #expect(inbox.take().isEmpty)
    }

    /// A bell that was rung, and one that was not.
    @Test func theThreadIsWokenOnceForWhatComesTogether() throws {
        let poller = try #require(CurlPoller())
        let inbox = CurlInbox(poller, servesOnTasks: true)
        var ready = CurlPoller.Ready()
        inbox.cancel(1)
        inbox.cancel(2)
        // Woken at once, rather than after a minute.
        let start = SystemClock().uptime
        poller.wait(60_000, &ready)
        #expect(ready.isEmpty && SystemClock().uptime - start < .seconds(50))
        _ = inbox.take()
        #expect(inbox.leave(isQuiet: false))
        inbox.resume(3)
        poller.wait(60_000, &ready)
        #expect(SystemClock().uptime - start < .seconds(50), "and again after somebody has looked")
    }
}
#endif
