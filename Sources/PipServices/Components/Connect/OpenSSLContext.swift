#if PIP_REDIS || PIP_MQTT
internal import COpenSSL

/// The TLS configuration of a client as an OpenSSL context: the certificates and the expected name of the server.
///
/// The files are read on creation, so a new context per connection uses renewed files. Sessions retain the context.
final class OpenSSLContext {
    /// The `SSL_CTX`, valid while this object lives.
    let pointer: OpaquePointer

    /// - Parameters:
    ///   - caFile: the trusted certificates; nil for those of the system.
    ///   - certificateFile: the client's certificate; used together with `keyFile`.
    ///   - host: the name or address in the server's certificate. A name is also sent to the server (SNI), whatever
    ///     address the client connects to.
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
        // A DNS name may end with a dot, a name in a certificate does not.
        let name = host.utf8.last == UInt8(ascii: ".") ? String(host.dropLast()) : host
        // An address is matched with the addresses of the certificate and is not sent as SNI.
        if X509_VERIFY_PARAM_set1_ip_asc(SSL_CTX_get0_param(context), name) != 1 {
            ERR_clear_error()
            guard !name.isEmpty, X509_VERIFY_PARAM_set1_host(SSL_CTX_get0_param(context), name, 0) == 1 else {
                throw .last("'\(name)' is not a valid server name")
            }
        }
        // Set before the session sends anything: a library that connects to an address would send it as the name.
        SSL_CTX_set_info_callback(context) { session, event, _ in
            guard event == SSL_CB_HANDSHAKE_START, let session else { return }
            _ = pip_tls_set_server_name(session, X509_VERIFY_PARAM_get0_host(SSL_get0_param(session), 0))
        }
    }
}

/// An error of OpenSSL.
struct OpenSSLFailure: Error, Sendable, Hashable {
    let reason: String

    /// Returns the last OpenSSL error on this thread.
    static func last(_ what: String) -> OpenSSLFailure {
        let code = ERR_get_error()
        ERR_clear_error()
        let reason = code == 0 ? nil : ERR_reason_error_string(code).map { String(cString: $0) }
        return OpenSSLFailure(reason: reason.map { "\(what): \($0)" } ?? what)
    }
}
#endif
