#if PIP_REDIS
internal import COpenSSL

/// The TLS of one connection, by OpenSSL: encrypts what is to be sent and decrypts what was received. It does no input or
/// output.
///
/// One thread at a time may use it: the one that connects, and after it the thread of the engine. The address of the
/// session is kept as a number, as a socket keeps its descriptor. Each call extends the lifetime of this object, which
/// frees the session.
final class RedisTLSSession: Sendable {
    private let address: UInt

    /// Creates a session for a host. The files are read now, so that a new connection uses renewed ones.
    init(_ settings: RedisTLSSettings, host: String) throws(RedisConnectionError) {
        ERR_clear_error()
        guard let context = SSL_CTX_new(TLS_client_method()) else { throw Self.failure("TLS cannot be used") }
        // The session has a reference of its own.
        defer { SSL_CTX_free(context) }
        guard pip_tls_require_1_2(context) == 1 else { throw Self.failure("TLS 1.2 cannot be used") }
        pip_tls_never_ask(context)
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
        if let file = settings.caFile {
            guard SSL_CTX_load_verify_locations(context, file, nil) == 1 else {
                throw Self.failure("the trusted certificates in '\(file)' cannot be read")
            }
        } else if SSL_CTX_set_default_verify_paths(context) != 1 {
            throw Self.failure("the system's trusted certificates cannot be read")
        }
        if let certificate = settings.certificateFile, let key = settings.keyFile {
            guard SSL_CTX_use_certificate_chain_file(context, certificate) == 1 else {
                throw Self.failure("the client's certificate in '\(certificate)' cannot be read")
            }
            guard SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1,
                SSL_CTX_check_private_key(context) == 1
            else { throw Self.failure("the client's key in '\(key)' cannot be used") }
        }
        guard let session = SSL_new(context) else { throw Self.failure("TLS cannot be used") }
        address = UInt(bitPattern: session)
        guard let input = BIO_new(BIO_s_mem()), let output = BIO_new(BIO_s_mem()) else {
            throw Self.failure("out of memory")
        }
        SSL_set_bio(session, input, output)
        SSL_set_connect_state(session)
        // A name in DNS may end with a dot, one in a certificate does not.
        let name = settings.serverName ?? (host.utf8.last == UInt8(ascii: ".") ? String(host.dropLast()) : host)
        // An address is looked for among the addresses of the certificate, and is not sent as a name.
        if X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), name) != 1 {
            ERR_clear_error()
            guard SSL_set1_host(session, name) == 1, pip_tls_set_server_name(session, name) == 1 else {
                throw Self.failure("'\(name)' cannot be the name of a server")
            }
        }
    }

    deinit { SSL_free(session) }

    /// Goes on with the handshake, after bytes of the server were added.
    /// - Returns: True when it is complete.
    func shakeHands() throws(RedisConnectionError) -> Bool {
        try withExtendedLifetime(self) { () throws(RedisConnectionError) -> Bool in
            ERR_clear_error()
            let code = SSL_do_handshake(session)
            if code == 1 { return true }
            let kind = SSL_get_error(session, code)
            if kind == SSL_ERROR_WANT_READ || kind == SSL_ERROR_WANT_WRITE { return false }
            let result = SSL_get_verify_result(session)
            guard result == 0 else {
                let reason = X509_verify_cert_error_string(result).map { String(cString: $0) } ?? "error \(result)"
                throw RedisConnectionError(reason: "the server's certificate is not accepted: \(reason)")
            }
            throw Self.failure("the TLS handshake failed")
        }
    }

    /// Adds the first `count` of the bytes that were received.
    func add(_ bytes: [UInt8], count: Int) throws(RedisConnectionError) {
        let added = withExtendedLifetime(self) {
            bytes.withUnsafeBytes { BIO_write(SSL_get_rbio(session), $0.baseAddress, Int32(min(count, $0.count))) }
        }
        guard added == count else { throw RedisConnectionError(reason: "out of memory") }
    }

    /// Decrypts added bytes, at most as many as `buffer` holds.
    /// - Returns: The number of bytes; nil if more must be added first.
    func decrypt(into buffer: inout [UInt8]) throws(RedisConnectionError) -> Int? {
        let (count, kind) = withExtendedLifetime(self) {
            ERR_clear_error()
            let count = buffer.withUnsafeMutableBytes { SSL_read(session, $0.baseAddress, Int32($0.count)) }
            return (count, count > 0 ? 0 : SSL_get_error(session, count))
        }
        if count > 0 { return Int(count) }
        switch kind {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return nil
        case SSL_ERROR_ZERO_RETURN: throw RedisConnectionError(reason: "the server closed it")
        default: throw Self.failure("TLS failed")
        }
    }

    /// Encrypts bytes, all of them; ``takeOutput(_:)`` returns the result.
    func encrypt(_ bytes: [UInt8]) throws(RedisConnectionError) {
        guard !bytes.isEmpty else { return }
        let count = withExtendedLifetime(self) {
            ERR_clear_error()
            return bytes.withUnsafeBytes { SSL_write(session, $0.baseAddress, Int32(clamping: $0.count)) }
        }
        guard count == bytes.count else { throw Self.failure("TLS failed") }
    }

    /// Appends what is to be sent to the server.
    func takeOutput(_ output: inout [UInt8]) {
        withExtendedLifetime(self) {
            let pending = SSL_get_wbio(session)
            let count = BIO_ctrl_pending(pending)
            guard count > 0 else { return }
            var bytes = [UInt8](repeating: 0, count: count)
            _ = bytes.withUnsafeMutableBytes { BIO_read(pending, $0.baseAddress, Int32(clamping: $0.count)) }
            if output.isEmpty { output = bytes } else { output += bytes }
        }
    }

    // MARK: - Internal

    private var session: OpaquePointer? { OpaquePointer(bitPattern: address) }

    /// The error of the last call of OpenSSL on this thread.
    private static func failure(_ what: String) -> RedisConnectionError {
        let code = ERR_get_error()
        ERR_clear_error()
        let reason = code == 0 ? nil : ERR_reason_error_string(code).map { String(cString: $0) }
        return RedisConnectionError(reason: reason.map { "\(what): \($0)" } ?? what)
    }
}
#endif
