#if PIP_HTTP
internal import NIOHTTP2
internal import NIOSSL
#endif

/// The certificate files of an HTTPS server.
struct HTTPServerTLS: Sendable {
    /// A PEM file: the server's certificate, then the intermediate certificates.
    var certificateFile: String
    var keyFile: String
    /// A PEM file with the authorities of client certificates; nil to request no client certificate.
    var authorityFile: String?
    /// True if clients must have a certificate.
    var requiresClient: Bool

    /// Reads the files from the section `credential` of an endpoint.
    /// - Throws: Misconfiguration `NO_SSL_KEY_FILE`, `NO_SSL_CRT_FILE`, `NO_SSL_CA_FILE`.
    init(_ config: ConfigParams, requiresClient: Bool, _ context: Context) throws(ApplicationError) {
        func file(_ name: String, _ code: String) throws(ApplicationError) -> String {
            if let file = config.text(name) { return file }
            throw .config(
                code: code, "An endpoint that serves HTTPS needs 'credential.\(name)'", traceId: context.traceId)
        }
        keyFile = try file("ssl_key_file", "NO_SSL_KEY_FILE")
        certificateFile = try file("ssl_crt_file", "NO_SSL_CRT_FILE")
        self.requiresClient = requiresClient
        authorityFile =
            requiresClient ? try file("ssl_ca_file", "NO_SSL_CA_FILE") : config.text("ssl_ca_file")
    }
}

// MARK: - Internal

#if PIP_HTTP
extension HTTPServerTLS {
    /// Loads the files for NIO's TLS, with HTTP/2 and HTTP/1.1 for negotiation.
    /// - Throws: Misconfiguration `BAD_CERTIFICATE` for files that cannot be read, or are not a certificate and its key.
    func context() throws(ApplicationError) -> NIOSSLContext {
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(certificateFile)
            guard !chain.isEmpty else { throw NIOSSLError.failedToLoadCertificate }
            let key = try NIOSSLPrivateKey(file: keyFile, format: .pem)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
            configuration.minimumTLSVersion = .tlsv12
            configuration.applicationProtocols = NIOHTTP2SupportedALPNProtocols
            if let authorityFile {
                configuration.trustRoots = .file(authorityFile)
                configuration.certificateVerification =
                    requiresClient ? .noHostnameVerification : .optionalVerification
            }
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw .config(
                code: "BAD_CERTIFICATE",
                "Can't serve HTTPS with the certificate '\(certificateFile)' and the key '\(keyFile)'", cause: error)
        }
    }
}
#endif
