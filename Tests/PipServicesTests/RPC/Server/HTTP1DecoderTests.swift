#if PIP_HTTP
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import PipServices

/// The parser of HTTP/1, without a server behind it.
@Suite struct HTTP1DecoderTests {
    private static let upgrade = "Host: h\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n"
    private static let requests = [
        "GET /1 HTTP/1.1\r\n\(upgrade)\r\n", "GET /2 HTTP/1.1\r\nHost: h\r\n\r\n",
        "POST /3 HTTP/1.1\r\n\(upgrade)Content-Length: 4\r\n\r\nbody", "GET /4 HTTP/1.1\r\n\(upgrade)\r\n",
        "POST /5 HTTP/1.1\r\n\(upgrade)Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\nX: y\r\n\r\n",
        "\r\nGET /6 HTTP/1.1\r\nHost: h\r\nUpgrade: h2c\r\n\r\n", "GET /7 HTTP/1.1\r\nHost: h\r\n\r\n",
    ]

    @Test(
        "Requests after an upgrade are parsed, however the bytes are split", arguments: [1, 2, 3, 7, 16, 100, 4096])
    func requestsBehindUpgrades(size: Int) throws {
        let channel = EmbeddedChannel(handler: ByteToMessageHandler(HTTP1Decoder(HTTPServerLimits())))
        var bytes = ByteBuffer(string: Self.requests.joined())
        while let piece = bytes.readSlice(length: min(size, bytes.readableBytes)), piece.readableBytes > 0 {
            try channel.writeInbound(piece)
        }
        var (targets, bodies, ends) = ([String](), "", 0)
        while let part = try channel.readInbound(as: HTTPServerRequestPart.self) {
            switch part {
            case .head(let head): targets.append(head.uri)
            case .body(let buffer): bodies += String(buffer: buffer)
            case .end: ends += 1
            }
        }
        #expect(targets == (1...7).map { "/\($0)" })
        #expect(bodies == "bodybody")
        #expect(ends == 7)
        _ = try? channel.finish(acceptAlreadyClosed: true)
    }

    @Test("Invalid HTTP after an upgrade is an error")
    func garbageBehindUpgrade() throws {
        let channel = EmbeddedChannel(handler: ByteToMessageHandler(HTTP1Decoder(HTTPServerLimits())))
        let bytes = ByteBuffer(string: Self.requests[0] + "\u{1}\u{2}\u{3}")
        #expect(throws: HTTPParserError.self) { try channel.writeInbound(bytes) }
        _ = try? channel.finish(acceptAlreadyClosed: true)
    }
}
#endif
