#if PIP_HTTP || PIP_GRPC
internal import NIOSSL
#endif

/// The certificate files of an HTTPS server.
struct HTTPServerTLS: Sendable {
    /// A PEM file: the server's certificate, then the intermediate certificates.
    var certificateFile: String
    var keyFile: String
    /// A PEM file with the certificate authorities for client certificates; nil to request none.
    var authorityFile: String?
    /// True if a client certificate is required.
    var requiresClient: Bool

    /// Reads the paths from the section `credential` of an endpoint.
    /// - Throws: Misconfiguration `NO_SSL_KEY_FILE`, `NO_SSL_CRT_FILE`, `NO_SSL_CA_FILE`.
    init(_ config: ConfigParams, requiresClient: Bool, _ context: Context) throws(ApplicationError) {
        func file(_ name: String, _ code: String) throws(ApplicationError) -> String {
            if let file = config.text(name) { return file }
            throw .config(
                code: code, key: "credential.\(name)",
                "An endpoint that serves HTTPS needs 'credential.\(name)'; expected the path of a file in PEM",
                traceId: context.traceId)
        }
        keyFile = try file("ssl_key_file", "NO_SSL_KEY_FILE")
        certificateFile = try file("ssl_crt_file", "NO_SSL_CRT_FILE")
        self.requiresClient = requiresClient
        authorityFile =
            requiresClient ? try file("ssl_ca_file", "NO_SSL_CA_FILE") : config.text("ssl_ca_file")
    }
}

// MARK: - Internal

#if PIP_HTTP || PIP_GRPC
extension HTTPServerTLS {
    /// The contents of the files.
    struct Contents: Equatable, Sendable {
        var certificate: [UInt8]
        var key: [UInt8]
        var authorities: [UInt8]?
    }

    /// The certificates and the key in NIO's format.
    struct Loaded: Sendable {
        /// The settings of a server, with HTTP/2 and HTTP/1.1 for negotiation.
        let context: NIOSSLContext
        let chain: [NIOSSLCertificateSource]
        let key: NIOSSLPrivateKeySource
    }

    /// Reads the files.
    /// - Throws: FileError `READ_FAILED`.
    func read() throws(ApplicationError) -> Contents {
        var contents = Contents(
            certificate: try CredentialFiles.bytes(of: certificateFile, key: "credential.ssl_crt_file"),
            key: try CredentialFiles.bytes(of: keyFile, key: "credential.ssl_key_file"))
        if let authorityFile {
            contents.authorities = try CredentialFiles.bytes(of: authorityFile, key: "credential.ssl_ca_file")
        }
        return contents
    }

    /// Prepares the files for NIO's TLS.
    /// - Throws: Misconfiguration `BAD_CERTIFICATE` if the files are not a certificate and its key.
    func load(_ contents: Contents) throws(ApplicationError) -> Loaded {
        do {
            let chain = try Self.certificates(contents.certificate).map { NIOSSLCertificateSource.certificate($0) }
            let key = NIOSSLPrivateKeySource.privateKey(try NIOSSLPrivateKey(bytes: contents.key, format: .pem))
            var configuration = TLSConfiguration.makeServerConfiguration(certificateChain: chain, privateKey: key)
            configuration.minimumTLSVersion = .tlsv12
            configuration.applicationProtocols = ["h2", "http/1.1"]
            if let authorities = contents.authorities {
                configuration.trustRoots = .certificates(try Self.certificates(authorities))
                configuration.certificateVerification =
                    requiresClient ? .noHostnameVerification : .optionalVerification
            }
            return Loaded(context: try NIOSSLContext(configuration: configuration), chain: chain, key: key)
        } catch {
            throw bad(error)
        }
    }

    /// - Returns: Misconfiguration `BAD_CERTIFICATE`.
    func bad(_ cause: any Error) -> ApplicationError {
        .config(
            code: "BAD_CERTIFICATE", key: "credential.ssl_crt_file",
            "Can't serve HTTPS with the certificate 'credential.ssl_crt_file' in '\(certificateFile)' and the key in "
                + "'\(keyFile)'; expected a certificate and its private key in PEM", cause: cause)
    }

    private static func certificates(_ bytes: [UInt8]) throws -> [NIOSSLCertificate] {
        let certificates = try NIOSSLCertificate.fromPEMBytes(bytes)
        guard !certificates.isEmpty else { throw NIOSSLError.failedToLoadCertificate }
        return certificates
    }
}
#endif
