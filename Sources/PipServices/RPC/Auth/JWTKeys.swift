#if PIP_JWT
import FoundationEssentials
#endif

/// Keys for verifying tokens.
protocol JWTKeySet: Sendable {
    func contains(_ keyId: String) -> Bool
    /// Returns why none of the keys verifies the token; nil if one does.
    func refusal(of token: JWTParts) async -> String?
}

/// Loads and caches the keys of a ``JWTAuthenticator``.
///
/// A request that finds expired keys starts a reload; other requests continue with the known keys. If a reload fails,
/// the known keys stay in use. While no keys are known, all requests wait for one reload and receive its error until
/// the next attempt.
final class JWTKeys: Component, Checkable {
    private let secret = Setting<JWTSecret?>(
        "credential.secret", aliases: ["credential.access_key"], default: nil, secret: true, reloadable: true,
        rejectsEmpty: true, "The secret of tokens signed with HS256, at least 32 bytes")
    private let file = Setting<String?>(
        "jwks_file", default: nil, rejectsEmpty: true, "A file with the JWK set of public keys")
    private let url = Setting<String?>(
        "jwks_url", default: nil, rejectsEmpty: true,
        "The address of the JWK set of public keys, instead of the file")
    private let refreshInterval = Setting(
        "options.refresh_interval", default: Duration.milliseconds(300_000), in: Duration.zero...,
        "The interval of reloading the keys, in ms; 0 to reload them for each token")
    private let retryInterval = Setting(
        "options.retry_interval", default: Duration.milliseconds(10_000), in: Duration.zero...,
        "The minimum interval of reloading the keys after a failure or for an unknown key, in ms; 0 for none")
    private let timeout = Setting(
        "options.timeout", default: Duration.milliseconds(5_000), in: Duration.zero...,
        "The timeout of requests to the address, in ms; 0 for no limit")
    private let authorities = Setting<String?>(
        "credential.ssl_ca_file", default: nil,
        "The file of the trusted certificates for the address; those of the system by default")
    private let source = OptionalDependency<any JWTKeySource>("key-source", "*:key-source:*:*:1.0")
    private let connector = HTTPConnectorSlot()
    private let clock = ClockSlot()
    private let known = Locked(Known())

    /// The maximum size of a JWK set, in bytes.
    private static let maxSize = 1_048_576

    private struct Known: Sendable {
        var secret: String?
        var set: (any JWTKeySet)?
        /// The time of the last reload, successful or not.
        var readAt = Duration.zero
        /// The error of the last reload.
        var failure: (any Error)?
        var reading: Task<any JWTKeySet, any Error>?
    }

    private enum Step: Sendable {
        case use(any JWTKeySet)
        case wait(Task<any JWTKeySet, any Error>)
    }

    init() {}

    /// Returns the keys for verifying a token.
    /// - Throws: Misconfiguration `NO_KEYS` or `BAD_KEYS`, and errors of loading, while no keys are known.
    func set(_ context: Context, for token: JWTParts) async throws -> any JWTKeySet {
        let set = try await present(context, isUnknown: false)
        guard token.algorithm != "HS256", let id = token.keyId, !set.contains(id) else { return set }
        return try await present(context, isUnknown: true)
    }

    /// Checks the configured keys. Keys of other components or systems are not requested.
    func checkConfiguration(_ context: Context) async throws {
        if let authorities = authorities() {
            try CredentialFiles.checkCertificates(authorities, key: "credential.ssl_ca_file")
        }
        guard source() == nil else { return }
        guard let url = url() else {
            _ = try await read(context, secret()?.text)
            return
        }
        do {
            _ = try HTTPURL(context, HTTPClientRequest(.get, url))
        } catch {
            throw error.about(key: "jwks_url")
        }
    }

    // MARK: - Internal

    private func present(_ context: Context, isUnknown: Bool) async throws -> any JWTKeySet {
        let (now, secret) = (clock.uptime, secret()?.text)
        let (refresh, retry) = (refreshInterval(), retryInterval())
        let step = try known.withLock { known throws -> Step in
            if let set = known.set, secret.isSame(as: known.secret) {
                let interval = isUnknown ? retry : known.failure != nil ? min(retry, refresh) : refresh
                if known.reading != nil || now - known.readAt < interval { return .use(set) }
            } else if secret.isSame(as: known.secret) {
                // No key is known. Anyone can invent a token, so refusing one must not cost a request.
                if let reading = known.reading { return .wait(reading) }
                if let failure = known.failure, now - known.readAt < retry { throw failure }
            } else {
                known = Known(secret: secret)
            }
            // The reload serves all requests: the first request's cancellation or deadline does not affect it.
            let context = Context(traceId: context.traceId)
            let reading = Task.detached { [self] in try await renew(context, secret, now) }
            known.reading = reading
            return .wait(reading)
        }
        return switch step {
        case .use(let set): set
        case .wait(let reading): try await reading.value
        }
    }

    private func renew(_ context: Context, _ secret: String?, _ now: Duration) async throws -> any JWTKeySet {
        let result: Result<any JWTKeySet, any Error>
        do {
            result = .success(try await read(context, secret))
        } catch {
            result = .failure(error)
        }
        return try known.withLock { known throws -> any JWTKeySet in
            // The secret may have changed in the meantime; this result is then outdated.
            guard secret.isSame(as: known.secret) else { return try result.get() }
            (known.readAt, known.reading) = (now, nil)
            switch result {
            case .success(let set):
                (known.set, known.failure) = (set, nil)
                return set
            case .failure(let error):
                known.failure = error
                guard let set = known.set else { throw error }
                return set
            }
        }
    }

    #if PIP_JWT
    private func read(_ context: Context, _ secret: String?) async throws -> any JWTKeySet {
        let text = try await text(context)
        guard secret != nil || text != nil else {
            throw ApplicationError.config(
                code: "NO_KEYS", key: "credential.secret",
                "Tokens can't be checked; expected one of 'credential.secret', 'jwks_file' and 'jwks_url'",
                traceId: context.traceId)
        }
        let key = source() != nil ? nil : url() != nil ? "jwks_url" : "jwks_file"
        return try await JWTKitKeySet(secret: secret, json: text, key: key)
    }

    private func text(_ context: Context) async throws -> String? {
        if let source = source() { return try await source.keys(context) }
        if let url = url() { return try await fetch(context, url) }
        guard let file = file() else { return nil }
        do {
            return String(decoding: try Data(contentsOf: URL(fileURLWithPath: file)), as: UTF8.self)
        } catch {
            throw ApplicationError.file(
                code: "READ_FAILED", "Can't read the token keys from '\(file)'; expected a file with a JWK set",
                traceId: context.traceId, details: ["path": .string(file)], cause: error
            ).about(key: "jwks_file")
        }
    }

    private func fetch(_ context: Context, _ url: String) async throws -> String {
        var request = HTTPClientRequest(
            .get, url, headers: [("Accept", "application/json")], timeout: timeout() > .zero ? timeout() : nil,
            maxResponseSize: Self.maxSize)
        request.transport.caFile = authorities()
        let response = try await connector.connector(for: url).send(context, request)
        guard response.status == 200 else {
            throw ApplicationError.connection(
                code: HTTPFailure.badResponse,
                "\(HTTPFailure.place(of: url)) answered the request for the token keys with status \(response.status)",
                traceId: context.traceId, details: ["url": .string(HTTPFailure.place(of: url))])
        }
        return String(decoding: try await response.body.collect(upTo: Self.maxSize), as: UTF8.self)
    }
    #else
    private func read(_ context: Context, _ secret: String?) async throws -> any JWTKeySet {
        throw ApplicationError.unsupported(
            code: "NOT_COMPILED_IN", "Tokens are not compiled in", traceId: context.traceId)
    }
    #endif
}
