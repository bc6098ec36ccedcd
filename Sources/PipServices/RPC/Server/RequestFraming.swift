#if PIP_HTTP
internal import HTTPTypes

/// The framing of a request body, read from an unambiguous request header.
struct RequestFraming: Equatable, Sendable {
    /// The value of `Content-Length`; 0 without that field.
    let bodyLength: Int
    /// True for a body with the transfer coding `chunked`.
    let isChunked: Bool

    /// The framing of a request without a body.
    static let none = RequestFraming(bodyLength: 0, isChunked: false)

    /// Reads the framing of a request header.
    /// - Returns: nil for a header that a proxy in front of the service could interpret differently: without a host or
    ///   with several hosts, with several lengths or a length that is not a number, or with a transfer coding that is
    ///   unknown or combined with a length.
    static func read(_ head: HTTPRequest, isStream: Bool) -> RequestFraming? {
        // In HTTP/1.1 the authority is the first `Host` field, and the fields hold the others; HTTP/2 has either or both.
        var authority = head.authority
        var (hosts, length, lengths, codings) = (isStream ? 0 : 1, 0, 0, 0)
        for field in head.headerFields {
            switch field.name.canonicalName {
            case "host":
                hosts += 1
                if authority == nil { authority = field.value }
                if hosts > 1 || authority?.isSame(as: field.value) != true { return nil }
            case "content-length":
                lengths += 1
                if field.value.isEmpty || !field.value.utf8.allSatisfy({ (0x30...0x39).contains($0) }) { return nil }
                length = Int(field.value) ?? .max
            case "transfer-encoding":
                codings += 1
                if !field.value.isSame(ignoringCase: "chunked") { return nil }
            default: break
            }
        }
        guard lengths + codings <= 1, authority?.isEmpty == false else { return nil }
        return RequestFraming(bodyLength: length, isChunked: codings > 0)
    }
}
#endif
