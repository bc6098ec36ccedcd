#if PIP_REDIS
internal import COpenSSL

/// The TLS session of one connection, using OpenSSL: encrypts output and decrypts input. It does no I/O.
///
/// Not for concurrent use: first the connecting thread uses it, then the engine's thread. The session's address is
/// stored as an integer, like the descriptor of a socket. Each call extends the lifetime of this object, which frees
/// the session.
final class RedisTLSSession: Sendable {
    private let address: UInt

    /// Creates a session for a host. The files are read each time, so that new connections use renewed ones.
    init(_ settings: RedisTLSSettings, host: String) throws(RedisConnectionError) {
        let context: OpenSSLContext
        do throws(OpenSSLFailure) {
            context = try OpenSSLContext(
                caFile: settings.caFile, certificateFile: settings.certificateFile, keyFile: settings.keyFile,
                host: settings.serverName ?? host)
        } catch {
            throw RedisConnectionError(reason: error.reason)
        }
        // The session holds its own reference.
        let created = withExtendedLifetime(context) { SSL_new(context.pointer) }
        guard let session = created else { throw Self.failure("TLS cannot be used") }
        address = UInt(bitPattern: session)
        guard let input = BIO_new(BIO_s_mem()), let output = BIO_new(BIO_s_mem()) else {
            throw Self.failure("out of memory")
        }
        SSL_set_bio(session, input, output)
        SSL_set_connect_state(session)
    }

    deinit { SSL_free(session) }

    /// Continues the handshake with the bytes received from the server.
    /// - Returns: true when it is complete.
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

    /// Adds the first `count` received bytes.
    func add(_ bytes: [UInt8], count: Int) throws(RedisConnectionError) {
        let added = withExtendedLifetime(self) {
            bytes.withUnsafeBytes { BIO_write(SSL_get_rbio(session), $0.baseAddress, Int32(min(count, $0.count))) }
        }
        guard added == count else { throw RedisConnectionError(reason: "out of memory") }
    }

    /// Decrypts received bytes, up to the size of `buffer`.
    /// - Returns: the number of bytes; nil if more input is needed.
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

    /// Encrypts bytes. ``takeOutput(_:)`` returns the result.
    func encrypt(_ bytes: [UInt8]) throws(RedisConnectionError) {
        guard !bytes.isEmpty else { return }
        let count = withExtendedLifetime(self) {
            ERR_clear_error()
            return bytes.withUnsafeBytes { SSL_write(session, $0.baseAddress, Int32(clamping: $0.count)) }
        }
        guard count == bytes.count else { throw Self.failure("TLS failed") }
    }

    /// Appends the bytes to send to the server.
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

    /// The last OpenSSL error on this thread.
    private static func failure(_ what: String) -> RedisConnectionError {
        RedisConnectionError(reason: OpenSSLFailure.last(what).reason)
    }
}
#endif
