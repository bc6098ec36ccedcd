#if PIP_ACTIVEMQ
import NIOCore
import NIOEmbedded
import Testing

@testable import PipServices

/// The channel handler, on a channel without a socket and with a clock of its own.
@Suite struct STOMPHandlerTests {
    /// What the handler told its owner.
    private final class Log: Sendable {
        struct State: Sendable {
            var version: STOMPVersion?
            var messages: [STOMPFrame] = []
            var receipts: [String] = []
            var ends: [STOMPChannelHandler.End] = []
            var output: [String] = []
            var isWaiting = false
            var accepts = true
        }
        let state = Locked(State())

        var owner: STOMPChannelHandler.Owner {
            let state = state
            return STOMPChannelHandler.Owner(
                onOpen: { version, _ in state.withLock { $0.version = version } },
                onMessage: { message in
                    state.withLock { state in
                        state.messages.append(message)
                        return state.accepts
                    }
                }, onReceipt: { id in state.withLock { $0.receipts.append(id) } },
                next: {
                    state.withLock { state in
                        state.output.isEmpty ? nil : ByteBuffer(string: state.output.removeFirst())
                    }
                }, isWaiting: { state.withLock { $0.isWaiting } },
                onEnd: { end in state.withLock { $0.ends.append(end) } })
        }
    }

    private static func channel(_ log: Log) throws -> EmbeddedChannel {
        var login = STOMPSession.Login()
        (login.heartBeat, login.silenceLimit) = (.seconds(10), .seconds(5))
        let channel = EmbeddedChannel(
            handler: STOMPChannelHandler(
                login, limits: STOMPDecoder.Limits(bodySize: 100), handshakeTimeout: .seconds(3), log.owner))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        return channel
    }

    private static func open(_ log: Log, heartBeat: String = "10000,10000") throws -> EmbeddedChannel {
        let channel = try channel(log)
        _ = try channel.readOutbound(as: ByteBuffer.self)
        try channel.writeInbound(ByteBuffer(string: "CONNECTED\nversion:1.2\nheart-beat:\(heartBeat)\n\n\0"))
        return channel
    }

    private static func written(_ channel: EmbeddedChannel) throws -> [String] {
        var texts: [String] = []
        while let bytes = try channel.readOutbound(as: ByteBuffer.self) { texts.append(String(buffer: bytes)) }
        return texts
    }

    @Test("A channel begins with CONNECT, and sends nothing else before the session is open") func connect() throws {
        let log = Log()
        log.state.withLock { $0.output = ["a", "b"] }
        let channel = try Self.channel(log)
        channel.triggerUserOutboundEvent(STOMPChannelHandler.Flush(), promise: nil)
        let first = try Self.written(channel)
        #expect(first.count == 1)
        #expect(first.first?.hasPrefix("CONNECT\naccept-version:1.0,1.1,1.2\n") == true)
        try channel.writeInbound(ByteBuffer(string: "CONNECTED\nversion:1.1\n\n\0"))
        #expect(log.state.current.version == .version11)
        #expect(try Self.written(channel) == ["a", "b"])
    }

    @Test("Messages and receipts reach the owner, and a receipt permits further calls") func frames() throws {
        let log = Log()
        let channel = try Self.open(log)
        log.state.withLock { $0.output = ["c"] }
        try channel.writeInbound(
            ByteBuffer(string: "MESSAGE\nack:1\n\nhi\0RECEIPT\nreceipt-id:7\n\n\0"))
        #expect(log.state.current.messages.map(\.body) == [Array("hi".utf8)])
        #expect(log.state.current.receipts == ["7"])
        #expect(try Self.written(channel) == ["c"])
    }

    @Test("A handshake timeout ends the channel") func slowHandshake() throws {
        let log = Log()
        let channel = try Self.channel(log)
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(2999))
        #expect(log.state.current.ends.isEmpty)
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
        #expect(log.state.current.ends.map(\.error.reason) == ["the broker did not answer within 3000 ms"])
        #expect(!channel.isActive)
    }

    @Test("An idle channel sends heart-beats at half the interval, and ends when the broker is silent for two")
    func heartBeats() throws {
        let log = Log()
        let channel = try Self.open(log)
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(4999))
        #expect(try Self.written(channel) == [])
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
        #expect(try Self.written(channel) == ["\n"])
        channel.embeddedEventLoop.advanceTime(by: .seconds(14))
        #expect(try Self.written(channel) == ["\n", "\n"])
        try channel.writeInbound(ByteBuffer(string: "\n"))
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(19_999))
        #expect(log.state.current.ends.isEmpty)
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
        #expect(log.state.current.ends.map(\.error.reason) == ["the broker has sent nothing for 20000 ms"])
        #expect(!channel.isActive)
    }

    @Test("While a call waits for its receipt, silence ends the channel sooner") func silence() throws {
        let log = Log()
        let channel = try Self.open(log, heartBeat: "0,0")
        log.state.withLock { $0.isWaiting = true }
        channel.triggerUserOutboundEvent(STOMPChannelHandler.Flush(), promise: nil)
        channel.embeddedEventLoop.advanceTime(by: .seconds(5))
        #expect(log.state.current.ends.map(\.error.reason) == ["the broker has sent nothing for 5000 ms"])
    }

    @Test("An ERROR ends the channel, once, with the call that failed; before CONNECTED it is final") func error()
        throws
    {
        let log = Log()
        let channel = try Self.open(log)
        try channel.writeInbound(ByteBuffer(string: "ERROR\nmessage:no\nreceipt-id:9\n\n\0MESSAGE\n\n\0"))
        let ends = log.state.current.ends
        #expect(ends.count == 1)
        #expect(ends.first?.receipt == "9")
        #expect(ends.first?.isRefusal == true)
        #expect(ends.first?.error == STOMPConnectionError(reason: "no"))
        #expect(log.state.current.messages.isEmpty)
        #expect(!channel.isActive)
        let refused = Log()
        let early = try Self.channel(refused)
        try early.writeInbound(ByteBuffer(string: "ERROR\nmessage:Bad CONNECT\n\n\0"))
        #expect(refused.state.current.ends.map(\.error.kind) == [.refused])
    }

    @Test(
        "A violation ends the channel",
        arguments: ["MESSAGE\ncontent-length:1\n\nab\0", "NOISE\n\n\0", "MESSAGE\nx\n\n\0"])
    func violation(_ text: String) throws {
        let log = Log()
        let channel = try Self.open(log)
        try channel.writeInbound(ByteBuffer(string: text))
        #expect(log.state.current.ends.first?.error.reason.hasPrefix("the broker violated STOMP: ") == true)
        #expect(!channel.isActive)
    }

    @Test("A broker that sends more messages than requested is disconnected") func tooManyMessages() throws {
        let log = Log()
        let channel = try Self.open(log)
        log.state.withLock { $0.accepts = false }
        try channel.writeInbound(ByteBuffer(string: "MESSAGE\na:1\n\n\0MESSAGE\na:2\n\n\0"))
        #expect(log.state.current.messages.count == 1)
        #expect(log.state.current.ends.first?.error.reason.contains("more messages than were asked for") == true)
        #expect(!channel.isActive)
    }

    @Test("A channel that the broker closes notifies its owner once") func closed() throws {
        let log = Log()
        let channel = try Self.open(log)
        channel.pipeline.fireErrorCaught(ChannelError.ioOnClosedChannel)
        _ = try? channel.finish()
        #expect(log.state.current.ends.count == 1)
    }
}
#endif
