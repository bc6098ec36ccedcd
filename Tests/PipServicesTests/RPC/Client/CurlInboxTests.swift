#if PIP_CURL
import Glibc
import PipServicesTesting
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

    /// When it has the answer to the only call, and at no other time.
    @Test func theThreadLooksForTheNextCall() async throws {
        let hasCome = Locked(false)
        let server = try FaultServer { connection, _ in
            connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in 0..<5 {
                connection.write("1\r\nx\r\n")
                // Long enough to look in vain.
                usleep(20_000)
            }
            // A piece is handed out before the next one is there.
            for _ in 0..<60_000 where !hasCome.current { usleep(1000) }
            connection.write("1\r\ny\r\n0\r\n\r\n")
            return true
        }
        defer { server.stop() }
        let connector = try await assemble(CurlConnector())
        var request = HTTPClientRequest(.get, server.address, timeout: .seconds(60))
        request.streamsResponse = true
        let response = try await connector.send(.empty, request)
        let patience = try #require(connector.inbox.current?.patience)
        var pieces = response.body.makeAsyncIterator()
        var text: [UInt8] = []
        while text.count < 5, let piece = try await pieces.next() { text += piece }
        #expect(patience.looks, "not for each piece")
        hasCome.withLock { $0 = true }
        while let piece = try await pieces.next() { text += piece }
        #expect(text == Array("xxxxxy".utf8))
        try await waitUntil { !patience.looks }
        try await connector.close(.empty)
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
