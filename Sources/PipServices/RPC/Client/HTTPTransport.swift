/// The connection settings of a request: certificates, proxy and HTTP version.
///
/// Requests with equal settings share connections.
public struct HTTPTransport: Sendable, Hashable {
    /// The HTTP versions that a connector uses.
    public enum Version: String, Sendable, CaseIterable, SettingValue {
        /// HTTP/2 over TLS if the peer supports it, otherwise HTTP/1.1.
        case automatic = "auto"
        /// HTTP/1.1.
        case http1 = "1.1"
        /// HTTP/2, also without TLS; the peer must support it.
        case http2 = "2"
    }

    /// The HTTP version.
    public var version = Version.automatic
    /// The path of the trusted certificates, in PEM; nil for those of the system.
    public var caFile: String? {
        get { special?.values.caFile }
        set { set(\.caFile, newValue) }
    }
    /// The path of the client certificate, in PEM; nil for none.
    public var certificateFile: String? {
        get { special?.values.certificateFile }
        set { set(\.certificateFile, newValue) }
    }
    /// The path of the certificate's private key, in PEM.
    public var keyFile: String? {
        get { special?.values.keyFile }
        set { set(\.keyFile, newValue) }
    }
    /// The proxy, such as `http://user:password@proxy:3128`; nil for none. Environment variables are ignored.
    public var proxy: String? {
        get { special?.values.proxy }
        set { set(\.proxy, newValue) }
    }

    /// Creates the default settings.
    public init() {}

    // MARK: - Internal

    /// The rarely used settings; nil if none is set. In one object, because a request is copied on its way through the
    /// connectors.
    private var special: Special?

    private struct Values: Hashable {
        var caFile: String?
        var certificateFile: String?
        var keyFile: String?
        var proxy: String?

        static func == (first: Values, second: Values) -> Bool {
            first.caFile.isSame(as: second.caFile) && first.certificateFile.isSame(as: second.certificateFile)
                && first.keyFile.isSame(as: second.keyFile) && first.proxy.isSame(as: second.proxy)
        }
    }

    private final class Special: Sendable, Hashable {
        let values: Values

        init(_ values: Values) { self.values = values }

        static func == (first: Special, second: Special) -> Bool {
            first === second || first.values == second.values
        }

        func hash(into hasher: inout Hasher) { hasher.combine(values) }
    }

    private mutating func set(_ path: WritableKeyPath<Values, String?>, _ value: String?) {
        var values = special?.values ?? Values()
        values[keyPath: path] = value
        special = values == Values() ? nil : Special(values)
    }
}

extension HTTPTransport: CustomStringConvertible, CustomReflectable {
    /// The settings without the proxy's address, which may contain a password.
    public var description: String {
        "HTTP \(version.rawValue), ca \(caFile ?? "of the system"), certificate \(certificateFile ?? "none"), "
            + "proxy \(proxy == nil ? "none" : "set")"
    }
    /// As ``description``.
    public var customMirror: Mirror { Mirror(self, children: ["transport": description]) }
}
