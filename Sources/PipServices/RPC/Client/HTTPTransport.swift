/// How the connection of a request is made: certificates, proxy, version of HTTP.
///
/// Connections are shared by requests whose transport is the same.
public struct HTTPTransport: Sendable, Hashable {
    /// What a connector speaks.
    public enum Version: String, Sendable, CaseIterable, SettingValue {
        /// HTTP/2 where TLS is used and the peer knows it, else HTTP/1.1.
        case automatic = "auto"
        /// HTTP/1.1.
        case http1 = "1.1"
        /// HTTP/2, also without TLS, where the peer must know it.
        case http2 = "2"
    }

    /// The version of HTTP.
    public var version = Version.automatic
    /// The file of the certificates that are trusted, in PEM; nil for those of the system.
    public var caFile: String?
    /// The file of the client's certificate, in PEM; nil for none.
    public var certificateFile: String?
    /// The file of the certificate's private key, in PEM.
    public var keyFile: String?
    /// The proxy, such as `http://user:password@proxy:3128`; nil for none. The environment's variables do not count.
    public var proxy: String?

    /// Creates the usual one.
    public init() {}
}

extension HTTPTransport: CustomStringConvertible, CustomReflectable {
    /// What is set, without the proxy's address, which may hold a password.
    public var description: String {
        "HTTP \(version.rawValue), ca \(caFile ?? "of the system"), certificate \(certificateFile ?? "none"), "
            + "proxy \(proxy == nil ? "none" : "set")"
    }
    /// As ``description``.
    public var customMirror: Mirror { Mirror(self, children: ["transport": description]) }
}
