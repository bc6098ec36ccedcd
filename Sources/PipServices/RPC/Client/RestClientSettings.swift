/// The settings of a ``RestClient`` other than those of its connection and resilience.
final class RestClientSettings: Component {
    private let connectTimeoutSetting = Setting(
        "options.connect_timeout", default: Duration.seconds(10), in: Duration.zero...,
        "The timeout of connecting, in ms; 0 for no limit")
    private let requestMaxSize = Setting(
        "options.request_max_size", default: 1_048_576, in: 0...,
        "The maximum size of a request body, in bytes; 0 for no limit")
    private let responseMaxSize = Setting(
        "options.response_max_size", default: 67_108_864, in: 0...,
        "The maximum size of a response body, in bytes; 0 for no limit"
    )
    private let place = Setting(
        "options.trace_id_place",
        aliases: ["options.trace_id", "options.correlation_id_place", "options.correlation_id"],
        default: TraceIdPlace.query, "Where the trace id is sent: query, headers, both")
    private let debug = Setting(
        "options.debug", default: true,
        "Has no effect; accepted for files of other editions. Calls are always logged at the level trace")
    private let idempotencyKeys = Setting(
        "options.idempotency_keys", default: false,
        "True to send an idempotency key with each POST and PATCH, so that these are retried too; the service must "
            + "support such keys")
    private let compression = Setting(
        "options.compression", default: false,
        "True to accept responses compressed with gzip or deflate, for slow networks")
    private let version = Setting(
        "options.http_version", default: HTTPTransport.Version.automatic, "The HTTP version: auto, 1.1, 2")
    private let proxy = Setting<String?>(
        "options.proxy", default: nil, secret: true, "The proxy, such as http://proxy:3128; none by default")

    init() {}

    var connectTimeout: Duration { connectTimeoutSetting() > .zero ? connectTimeoutSetting() : .never }
    var maxRequest: Int { requestMaxSize() > 0 ? requestMaxSize() : .max }
    var maxResponse: Int { responseMaxSize() > 0 ? responseMaxSize() : .max }
    var traceIdPlace: TraceIdPlace { place() }
    var hasIdempotencyKeys: Bool { idempotencyKeys() }
    var acceptsCompression: Bool { compression() }

    /// Checks the format of the proxy. The value may contain a password and is not shown.
    /// - Throws: Misconfiguration `BAD_URI`.
    func check(_ context: Context) throws(ApplicationError) { try Self.check(context, proxy: proxy()) }

    /// Checks the format of a proxy.
    static func check(_ context: Context, proxy: String?) throws(ApplicationError) {
        guard let proxy, !proxy.isEmpty else { return }
        let uri = ConnectionURI(proxy)
        let protocols = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"]
        let isKnown = uri.protocol.map { protocols.contains($0.asciiLowercased) } ?? true
        guard isKnown, uri.ambiguity == nil, uri.servers.count == 1, uri.servers.first?.host.isEmpty == false else {
            throw .config(
                code: "BAD_URI", key: "options.proxy",
                "'options.proxy' is (not shown); expected protocol://user:password@host:port with one of the protocols "
                    + protocols.joined(separator: ", "), traceId: context.traceId)
        }
    }

    /// The connection settings.
    /// - Parameter credential: a connection with the paths of the certificate files.
    func transport(_ credential: ConfigParams) -> HTTPTransport {
        func file(_ name: String) -> String? { credential[name].flatMap { $0.isEmpty ? nil : $0 } }
        var transport = HTTPTransport()
        transport.version = version()
        transport.proxy = proxy()
        transport.caFile = file("ssl_ca_file")
        transport.certificateFile = file("ssl_crt_file")
        transport.keyFile = file("ssl_key_file")
        return transport
    }
}
