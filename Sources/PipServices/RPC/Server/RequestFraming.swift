#if PIP_HTTP
internal import HTTPTypes

/// The framing of a request body, read from a request header that the server accepts.
struct RequestFraming: Equatable, Sendable {
    /// The value of `Content-Length`; 0 without that field.
    let bodyLength: Int
    /// True for a body with the transfer coding `chunked`.
    let isChunked: Bool
    /// True for `Expect: 100-continue`: the client waits for an informational response before it sends the body, if any.
    var awaitsContinue = false

    /// The framing of a request without a body.
    static let none = RequestFraming(bodyLength: 0, isChunked: false)

    /// What a request header is worth.
    enum Reading: Equatable, Sendable {
        case accepted(RequestFraming)
        /// The request is answered with this status, and the connection is closed.
        case refused(HTTPResponse.Status)
    }

    /// Reads the framing of a request header.
    /// - Returns: a refusal with 400 for a header that a proxy in front of the service could interpret differently: without
    ///   a host, with several hosts or one that is malformed, with several lengths or a length that is not a number, or with a transfer coding
    ///   that is unknown or combined with a length; with 417 for an expectation other than `100-continue`; with 501 for
    ///   `CONNECT`, behind which the bytes are not HTTP.
    static func read(_ head: HTTPRequest, isStream: Bool) -> Reading {
        if head.method == .connect { return .refused(.notImplemented) }
        // In HTTP/1.1 the authority is the first `Host` field, and the fields hold the others; HTTP/2 has either or both.
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

    /// True for a string of the characters that a host and a port may have (RFC 3986, 3.2.2). Others, such as a slash, an
    /// `@` or a space, divide it elsewhere for another parser.
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
