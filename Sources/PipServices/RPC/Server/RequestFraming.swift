#if PIP_HTTP
internal import HTTPTypes

/// The framing of a request's body, parsed from an accepted request header.
struct RequestFraming: Equatable, Sendable {
    /// The value of `Content-Length`; 0 without that field.
    let bodyLength: Int
    /// True for a body with the transfer coding `chunked`.
    let isChunked: Bool
    /// True for `Expect: 100-continue`: the client waits for an informational response before it sends the body.
    var awaitsContinue = false

    /// The framing of a request without a body.
    static let none = RequestFraming(bodyLength: 0, isChunked: false)

    /// The result of parsing a request header.
    enum Reading: Equatable, Sendable {
        case accepted(RequestFraming)
        /// The request is refused with this status, and the connection is closed.
        case refused(HTTPResponse.Status)
    }

    /// Parses the framing of a request header.
    /// - Returns: a refusal for a header that a proxy could interpret differently. 400: a missing, malformed or
    ///   repeated host; an invalid or repeated length; an unknown transfer coding, or one combined with a length. 417:
    ///   an expectation other than `100-continue`. 501: `CONNECT`, because non-HTTP bytes follow.
    static func read(_ head: HTTPRequest, isStream: Bool) -> Reading {
        if head.method == .connect { return .refused(.notImplemented) }
        // In HTTP/1.1 the authority is the first `Host` field and the fields contain the others; HTTP/2 has either or
        // both.
        var authority = head.authority
        var (hosts, length, lengths, codings) = (isStream ? 0 : 1, 0, 0, 0)
        var expectations: [String] = []
        for field in head.headerFields {
            switch field.name.canonicalName {
            case "host":
                hosts += 1
                if authority == nil { authority = field.value }
                if hosts > 1 || authority?.isSame(as: field.value) != true { return .refused(.badRequest) }
            case "content-length":
                lengths += 1
                guard !field.value.isEmpty, field.value.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
                    return .refused(.badRequest)
                }
                length = Int(field.value) ?? .max
            case "transfer-encoding":
                codings += 1
                if !field.value.isSame(ignoringCase: "chunked") { return .refused(.badRequest) }
            case "expect": expectations += FieldTokens.read(field.value)
            default: break
            }
        }
        guard lengths + codings <= 1, let authority, isHost(authority) else { return .refused(.badRequest) }
        guard expectations.allSatisfy({ $0 == "100-continue" }) else { return .refused(.expectationFailed) }
        var framing = RequestFraming(bodyLength: length, isChunked: codings > 0)
        framing.awaitsContinue = !expectations.isEmpty
        return .accepted(framing)
    }

    // MARK: - Internal

    /// True if the string contains only characters of a host and port (RFC 3986, 3.2.2). Parsers disagree about others,
    /// such as a slash, an `@` or a space.
    private static func isHost(_ authority: String) -> Bool {
        !authority.isEmpty
            && authority.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "-._~!$&'()*+,;=%:[]".utf8.contains(byte)
                }
            }
    }
}
#endif
