#if PIP_HTTP
internal import HTTPTypes

/// How long the body of a request is by its header, for a header that there is only one way to read.
struct RequestFraming {
    /// The length that the header names; 0 where it names none.
    let bodyLength: Int
    /// True for a body in chunks.
    let isChunked: Bool

    /// That of no request.
    static let none = RequestFraming(bodyLength: 0, isChunked: false)

    /// Reads a header.
    /// - Returns: nil where a proxy before the service could read it in another way: without a host or with several, with
    ///   several lengths or one that is no number, or with a transfer coding that is unknown or stands beside a length.
    static func read(_ head: HTTPRequest, isStream: Bool) -> RequestFraming? {
        // In HTTP/1.1 the authority was the first field `Host`, and one that is left is another; in HTTP/2 either may be
        // there.
        var authority = head.authority
        var (hosts, length, lengths, codings) = (isStream ? 0 : 1, 0, 0, 0)
        for field in head.headerFields {
            switch field.name.canonicalName {
            case "host":
                hosts += 1
                if authority == nil { authority = field.value }
                if hosts > 1 || field.value != authority { return nil }
            case "content-length":
                lengths += 1
                if field.value.isEmpty || !field.value.utf8.allSatisfy({ (0x30...0x39).contains($0) }) { return nil }
                length = Int(field.value) ?? .max
            case "transfer-encoding":
                codings += 1
                if field.value.lowercased() != "chunked" { return nil }
            default: break
            }
        }
        guard lengths + codings <= 1, authority?.isEmpty == false else { return nil }
        return RequestFraming(bodyLength: length, isChunked: codings > 0)
    }
}
#endif
