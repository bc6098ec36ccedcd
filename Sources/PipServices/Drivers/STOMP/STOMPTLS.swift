#if PIP_ACTIVEMQ
internal import NIOSSL

/// The TLS settings of clients, from the files of a credential.
enum STOMPTLS {
    /// Reads the files: `ssl_ca_file` (the trusted authorities, instead of those of the system), `ssl_crt_file` and
    /// `ssl_key_file` (the client's certificate and key).
    /// - Throws: FileError `READ_FAILED`; Misconfiguration `BAD_CERTIFICATE`, `BAD_KEY_FILE`, `NO_SSL_CRT_FILE`,
    ///   `NO_SSL_KEY_FILE`.
    static func context(_ context: Context, _ credential: CredentialParams) throws(ApplicationError) -> NIOSSLContext {
        func path(_ key: String) -> String? { credential[key].flatMap { $0.isEmpty ? nil : $0 } }
        let keys = ["ssl_ca_file", "ssl_crt_file", "ssl_key_file"]
        try CredentialFiles.check(context, credential.config)
        if let certificate = path("ssl_crt_file"), path("ssl_key_file") == nil {
            throw .config(
                code: "NO_SSL_KEY_FILE", key: "credential.ssl_key_file",
                "'credential.ssl_crt_file' is '\(certificate)' without 'credential.ssl_key_file'; expected both or none",
                traceId: context.traceId)
        }
        func bytes(_ key: String) throws(ApplicationError) -> [UInt8]? {
            guard let path = path(key) else { return nil }
            return try CredentialFiles.bytes(of: path, key: "credential.\(key)")
        }
        let (authorities, certificate, key) = (try bytes(keys[0]), try bytes(keys[1]), try bytes(keys[2]))
        func problem(_ code: String, _ name: String, _ expected: String, _ cause: any Error) -> ApplicationError {
            .config(
                code: code, key: "credential.\(name)",
                "'credential.\(name)' is '\(path(name) ?? "")'; expected \(expected)", traceId: context.traceId,
                cause: cause)
        }
        func certificates(_ bytes: [UInt8], _ name: String) throws(ApplicationError) -> [NIOSSLCertificate] {
            do {
                return try NIOSSLCertificate.fromPEMBytes(bytes)
            } catch {
                throw problem("BAD_CERTIFICATE", name, "a file with certificates in PEM", error)
            }
        }
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if let authorities { configuration.trustRoots = .certificates(try certificates(authorities, keys[0])) }
        if let certificate, let key {
            do {
                configuration.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: key, format: .pem))
            } catch {
                throw problem("BAD_KEY_FILE", keys[2], "a file with a private key in PEM", error)
            }
            configuration.certificateChain = try certificates(certificate, keys[1]).map { .certificate($0) }
        }
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw problem("BAD_CERTIFICATE", keys[1], "the certificate of the private key", error)
        }
    }
}
#endif
