#if PIP_HTTP
internal import HTTPTypes
internal import NIOCore

/// The header and the connection of a request, read where the server keeps them: few requests need all of it.
final class RequestOrigin: Sendable {
    private let head: HTTPRequest
    private let channel: any Channel
    private let isSecure: Bool

    init(_ head: HTTPRequest, _ channel: any Channel, isSecure: Bool) {
        self.head = head
        self.channel = channel
        self.isSecure = isSecure
    }

    var fields: [(name: String, value: String)] { head.headerFields.map { ($0.name.rawName, $0.value) } }

    /// The value of a field by its name in lower case; the values of several fields are joined as in RFC 9110.
    func value(of name: String) -> String? {
        var joined: String?
        for field in head.headerFields where field.name.canonicalName == name {
            joined = joined.map { $0 + (name == "cookie" ? "; " : ", ") + field.value } ?? field.value
        }
        return joined
    }

    var connection: RestConnection {
        // A stream of HTTP/2 has no addresses of its own.
        let channel = channel.remoteAddress == nil ? channel.parent ?? channel : channel
        return RestConnection(
            remoteAddress: channel.remoteAddress?.ipAddress, localAddress: channel.localAddress?.ipAddress,
            isSecure: isSecure, host: head.authority)
    }
}
#endif
