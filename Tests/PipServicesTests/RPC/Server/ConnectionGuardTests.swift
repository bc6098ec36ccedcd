#if PIP_HTTP
import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import Testing

@testable import PipServices

/// The handler, without a server behind it.
@Suite struct ConnectionGuardTests {
    private static let request = HTTPRequest(method: .get, scheme: "http", authority: "h", path: "/")
    private static let ambiguous = HTTPRequest(method: .get, scheme: "http", authority: nil, path: "/")

    @Test("Neither a refused request nor later ones reach the server; the one before it is answered first")
    func refusedRequestsAreDropped() throws {
        let channel = EmbeddedChannel(handler: ConnectionGuard(HTTPServerLimits()))
        let parts: [HTTPRequestPart] = [
            .head(Self.request), .end(nil), .head(Self.ambiguous), .end(nil), .head(Self.request), .end(nil),
        ]
        for part in parts { try channel.writeInbound(part) }
        var received: [HTTPRequestPart] = []
        while let part = try channel.readInbound(as: HTTPRequestPart.self) { received.append(part) }
        #expect(received == Array(parts.prefix(2)))
        #expect(try channel.readOutbound(as: HTTPResponsePart.self) == nil)
        try channel.writeOutbound(HTTPResponsePart.head(HTTPResponse(status: .ok)))
        try channel.writeOutbound(HTTPResponsePart.end(nil))
        var statuses: [Int] = []
        while let part = try channel.readOutbound(as: HTTPResponsePart.self) {
            if case .head(let head) = part { statuses.append(head.status.code) }
        }
        #expect(statuses == [200, 400])
        _ = try? channel.finish(acceptAlreadyClosed: true)
    }
}
#endif
