#if PIP_REDIS || PIP_MQTT
internal import COpenSSL

/// The TLS of a client as a context of OpenSSL: the certificates, and the name that the server's certificate must have.
///
/// The files are read when it is made, so that a context for each connection uses renewed ones. Sessions keep the
/// context.
final class OpenSSLContext {
    /// The `SSL_CTX`, valid while this object lives.
    let pointer: OpaquePointer

    /// - Parameters:
    ///   - caFile: the certificates of the authorities that are trusted; nil for those of the system.
    ///   - certificateFile: the client's certificate; it counts together with `keyFile`.
    ///   - host: the name or the address that the server's certificate must have. A name is also sent to the server,
    ///     whatever the address is that is connected to.
    init(
        caFile: String?, certificateFile: String?, keyFile: String?, host: String
    ) throws(OpenSSLFailure) {
        ERR_clear_error()
        guard let context = SSL_CTX_new(TLS_client_method()) else { throw .last("TLS cannot be used") }
        pointer = context
        guard pip_tls_require_1_2(context) == 1 else { throw .last("TLS 1.2 cannot be used") }
        pip_tls_never_ask(context)
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
        if let file = caFile {
            guard SSL_CTX_load_verify_locations(context, file, nil) == 1 else {
                throw .last("the trusted certificates in '\(file)' cannot be read")
            }
        } else if SSL_CTX_set_default_verify_paths(context) != 1 {
            throw .last("the system's trusted certificates cannot be read")
        }
        if let certificate = certificateFile, let key = keyFile {
            guard SSL_CTX_use_certificate_chain_file(context, certificate) == 1 else {
                throw .last("the client's certificate in '\(certificate)' cannot be read")
            }
            guard SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1,
                SSL_CTX_check_private_key(context) == 1
            else { throw .last("the client's key in '\(key)' cannot be used") }
        }
        try Self.require(host, context)
    }

    deinit { SSL_CTX_free(pointer) }

    // MARK: - Internal

    private static func require(_ host: String, _ context: OpaquePointer) throws(OpenSSLFailure) {
        // A name in DNS may end with a dot, one in a certificate does not.
        let name = host.utf8.last == UInt8(ascii: ".") ? String(host.dropLast()) : host
        // An address is looked for among the addresses of the certificate, and is not sent as a name.
        if X509_VERIFY_PARAM_set1_ip_asc(SSL_CTX_get0_param(context), name) != 1 {
            ERR_clear_error()
            guard !name.isEmpty, X509_VERIFY_PARAM_set1_host(SSL_CTX_get0_param(context), name, 0) == 1 else {
                throw .last("'\(name)' cannot be the name of a server")
            }
        }
        // Before a session sends anything: a library that connects to an address would send that as the name.
        SSL_CTX_set_info_callback(context) { session, event, _ in
            guard event == SSL_CB_HANDSHAKE_START, let session else { return }
            _ = pip_tls_set_server_name(session, X509_VERIFY_PARAM_get0_host(SSL_get0_param(session), 0))
        }
    }
}

/// Why OpenSSL does not do something.
struct OpenSSLFailure: Error, Sendable, Hashable {
    let reason: String

    /// The error of the last call of OpenSSL on this thread.
    static func last(_ what: String) -> OpenSSLFailure {
        let code = ERR_get_error()
        ERR_clear_error()
        let reason = code == 0 ? nil : ERR_reason_error_string(code).map { String(cString: $0) }
        return OpenSSLFailure(reason: reason.map { "\(what): \($0)" } ?? what)
    }
}
#endif
