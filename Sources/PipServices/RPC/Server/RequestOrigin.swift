#if PIP_HTTP
internal import HTTPTypes
internal import NIOCore

/// A request's header and connection, read lazily from the server's storage: few requests need all of it.
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

    /// Returns the value of a field by its lowercase name; multiple fields are joined according to RFC 9110.
    func value(of name: String) -> String? {
        var joined: String?
        for field in head.headerFields where field.name.canonicalName == name {
            joined = joined.map { $0 + (name == "cookie" ? "; " : ", ") + field.value } ?? field.value
        }
        return joined
    }

    var connection: RestConnection {
        // An HTTP/2 stream has no addresses of its own.
        let channel = channel.remoteAddress == nil ? channel.parent ?? channel : channel
        return RestConnection(
            remoteAddress: channel.remoteAddress?.ipAddress, localAddress: channel.localAddress?.ipAddress,
            isSecure: isSecure, host: head.authority)
    }
}
#endif
