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
    public var caFile: String? {
        get { special?.values.caFile }
        set { set(\.caFile, newValue) }
    }
    /// The file of the client's certificate, in PEM; nil for none.
    public var certificateFile: String? {
        get { special?.values.certificateFile }
        set { set(\.certificateFile, newValue) }
    }
    /// The file of the certificate's private key, in PEM.
    public var keyFile: String? {
        get { special?.values.keyFile }
        set { set(\.keyFile, newValue) }
    }
    /// The proxy, such as `http://user:password@proxy:3128`; nil for none. The environment's variables do not count.
    public var proxy: String? {
        get { special?.values.proxy }
        set { set(\.proxy, newValue) }
    }

    /// Creates the usual one.
    public init() {}

    // MARK: - Internal

    /// What few transports have; nil where nothing of it is set. In one place: a request is copied on its way through
    /// the connectors, and with it each text of its own.
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
    /// What is set, without the proxy's address, which may hold a password.
    public var description: String {
        "HTTP \(version.rawValue), ca \(caFile ?? "of the system"), certificate \(certificateFile ?? "none"), "
            + "proxy \(proxy == nil ? "none" : "set")"
    }
    /// As ``description``.
    public var customMirror: Mirror { Mirror(self, children: ["transport": description]) }
}
