#if PIP_ACTIVEMQ
import NIOCore
import PipServicesTesting
import Testing

@testable import PipServices

/// What was reported as defects of other clients of STOMP. Some reports are covered elsewhere: line breaks in the headers of
/// CONNECT (joffrey-bion/krossbow#747) and `\r` in STOMP 1.1 (jasonrbriggs/stomp.py#51) in ``STOMPCodecTests``, heart-beats
/// after a reconnect (stomp.py#308, #351) in ``STOMPFaultTests``, subscriptions that a reconnect loses
/// (easternbloc/node-stomp-client#65) in ``STOMPFaultTests/resubscription(_:)``.
@Suite struct STOMPReportTests {
    /// The frames of bytes that come in portions of every size.
    private static func decode(_ bytes: [UInt8], _ check: ([STOMPFrame]) throws -> Void) throws {
        for portion in 1...bytes.count {
            var decoder = STOMPDecoder()
            var (frames, rest): ([STOMPFrame], ArraySlice<UInt8>) = ([], bytes[...])
            while !rest.isEmpty {
                decoder.append(ByteBuffer(bytes: rest.prefix(portion)))
                rest = rest.dropFirst(portion)
                while let frame = try decoder.next() { frames.append(frame) }
            }
            try check(frames)
        }
    }

    private static func encoded(_ frame: STOMPFrame) throws -> [UInt8] {
        var buffer = ByteBuffer()
        try STOMPEncoder.encode(frame, .version12, into: &buffer)
        return Array(buffer: buffer)
    }

    @Test("stomp-php#53, openSUSE/snapper#1158: a body with NUL is whole, and its length is sent") func nulInBody()
        throws
    {
        let body: [UInt8] = [0, 1, 2, 0, 0xFF, 0xFE, 0]
        let bytes = try Self.encoded(STOMPFrame("MESSAGE", ["a": "b"], body: body))
        #expect(String(decoding: bytes, as: UTF8.self).contains("\ncontent-length:7\n"))
        try Self.decode(bytes) { #expect($0.map(\.body) == [body]) }
    }

    @Test(
        "node-stomp-protocol#13, benjaminws/stomp-js#46: the NUL behind a body, and line breaks, end frames in any mixture"
    )
    func pipelinedFrames() throws {
        let text =
            "MESSAGE\ncontent-length:1\n\na\0MESSAGE\ncontent-length:1\n\nb\0\nMESSAGE\n\nc\0\n\n\nMESSAGE\n\nd\0"
        try Self.decode(Array(text.utf8)) { frames in
            #expect(frames.map(\.command) == Array(repeating: "MESSAGE", count: 4))
            #expect(frames.map { String(decoding: $0.body, as: UTF8.self) } == ["a", "b", "c", "d"])
        }
    }

    @Test("krossbow#43, stomp.py#296: heart-beats are not frames, with and without a carriage return") func heartBeats()
        throws
    {
        try Self.decode(Array("\n\r\n\n\nRECEIPT\r\nreceipt-id:1\r\n\r\n\0\r\n\n".utf8)) { frames in
            #expect(frames.map { $0.headers["receipt-id"] } == ["1"])
        }
    }

    @Test("benjaminws/stomp-js#14: a body may have empty lines") func emptyLines() throws {
        try Self.decode(Array("MESSAGE\na:b\n\none\n\ntwo\n\nthree\0".utf8)) { frames in
            #expect(frames.map { String(decoding: $0.body, as: UTF8.self) } == ["one\n\ntwo\n\nthree"])
        }
    }

    @Test("rabbitmq-web-stomp-examples#2, stompjs#13: a length counts bytes, and not characters") func lengthOfBody()
        throws
    {
        let text = "Grüße, 日本 👩‍👩‍👧"
        let bytes = try Self.encoded(STOMPFrame("MESSAGE", body: Array(text.utf8)))
        #expect(String(decoding: bytes, as: UTF8.self).contains("content-length:\(text.utf8.count)\n"))
        try Self.decode(bytes) { #expect($0.map { String(decoding: $0.body, as: UTF8.self) } == [text]) }
    }

    @Test("node-stomp-protocol#16: a body is not escaped") func bodyWithoutEscapes() throws {
        let body = Array("a:b\\n\\c\\t\r\n".utf8)
        let bytes = try Self.encoded(STOMPFrame("MESSAGE", body: body))
        #expect(bytes.dropLast().suffix(body.count) == body[...])
        try Self.decode(bytes) { #expect($0.map(\.body) == [body]) }
    }

    @Test("netty#13961, emqx#18495: a value may contain colons, and escapes that are split across portions")
    func colons() throws {
        let text = "CONNECTED\nserver:a:b:c\n\n\0MESSAGE\ndestination:/queue/a\\cb\\\\c\n\n\0"
        try Self.decode(Array(text.utf8)) { frames in
            #expect(frames.first?.headers["server"] == "a:b:c")
            #expect(frames.last?.headers["destination"] == "/queue/a:b\\c")
        }
    }

    @Test("stomp.py#219, moksha#64: any input counts as a sign of life, and heart-beats are sent early enough")
    func signsOfLife()
        throws
    {
        var login = STOMPSession.Login()
        login.heartBeat = .seconds(10)
        var session = STOMPSession(login, at: .zero)
        _ = try session.receive(STOMPFrame("CONNECTED", ["version": "1.2", "heart-beat": "10000,10000"]))
        session.noteInput(at: .seconds(15))
        session.noteOutput(at: .seconds(15))
        #expect(session.tick(at: .seconds(19)) == .nothing)
        #expect(session.tick(at: .seconds(21)) == .sendHeartBeat)
        session.noteOutput(at: .seconds(34))
        // A heart-beat that the broker leaves out after a message is no loss.
        #expect(session.tick(at: .seconds(34)) == .nothing)
        guard case .lost = session.tick(at: .seconds(36)) else {
            Issue.record("a silent broker is not lost")
            return
        }
    }

    @Test(
        "stomp-rs#96: several queues of one process are received from, each on its own connection",
        .enabled(if: STOMPFixture.missing == nil, "\(STOMPFixture.missing ?? "")"), arguments: STOMPFixture.brokers)
    func severalQueues(_ broker: STOMPBroker) async throws {
        let proxy = try FaultProxy(to: STOMPFixture.port(broker))
        try await STOMPFixture.with(broker, proxy.port, ["options.reconnect_timeout": "20"]) { connection in
            let queues = [
                try await connection.queue(STOMPFixture.name()), try await connection.queue(STOMPFixture.name()),
                try await connection.queue(STOMPFixture.name()),
            ]
            let before = proxy.connections
            proxy.reset()
            try await waitUntil(within: .seconds(30)) {
                let isReady = await connection.isReady()
                return isReady && proxy.connections >= before + 4
            }
            for (number, queue) in queues.enumerated() {
                try await queue.sendText("\(number)")
                #expect(try await queue.takeTexts(1) == ["\(number)"])
            }
        }
    }
}
#endif
