#if PIP_JWT
import FoundationEssentials
#endif

/// Keys by which tokens are checked.
protocol JWTKeySet: Sendable {
    func contains(_ keyId: String) -> Bool
    func isSigned(_ token: JWTParts) async -> Bool
}

/// The keys of a ``JWTAuthenticator``: where they come from, and when they are read.
///
/// A request that finds them old reads them anew, while others go on with those that are known. Keys that can't be read
/// stay in use.
final class JWTKeys: Component {
    private let secret = Setting<String?>(
        "credential.secret", aliases: ["credential.access_key"], default: nil, secret: true, reloadable: true,
        "The secret of tokens signed by HS256, at least 32 bytes")
    private let file = Setting<String?>("jwks_file", default: nil, "A file with the JWK set of public keys")
    private let url = Setting<String?>(
        "jwks_url", default: nil, "The address of the JWK set of public keys, in the place of the file")
    private let refreshInterval = Setting(
        "options.refresh_interval", default: Duration.milliseconds(300_000), "How often the keys are read anew")
    private let retryInterval = Setting(
        "options.retry_interval", default: Duration.milliseconds(10_000),
        "How often the keys are read at most, when a token names an unknown one or they could not be read")
    private let timeout = Setting(
        "options.timeout", default: Duration.milliseconds(5_000), "How long the address may take to answer")
    private let authorities = Setting<String?>(
        "credential.ssl_ca_file", default: nil,
        "The file of the certificates that the address is trusted by; those of the system by default")
    private let source = OptionalDependency<any JWTKeySource>("key-source", "*:key-source:*:*:1.0")
    private let connector = HTTPConnectorSlot()
    private let clock = ClockSlot()
    private let known = Locked(Known())

    /// The largest JWK set.
    private static let maxSize = 1_048_576

    private struct Known: Sendable {
        var set: (any JWTKeySet)?
        var secret: String?
        /// When they were read last, well or not.
        var readAt = Duration.zero
        var hasFailed = false
        var isReading = false
    }

    init() {
        SlotCollector.declare(
            self,
            slots: [
                secret, file, url, refreshInterval, retryInterval, timeout, authorities, source, connector, clock,
            ])
    }

    /// The keys to check a token by.
    /// - Throws: Misconfiguration `NO_KEYS` and `BAD_KEYS`, and what reading throws, while none are known.
    func set(_ context: Context, for token: JWTParts) async throws -> any JWTKeySet {
        let set = try await present(context, isUnknown: false)
        guard token.algorithm != "HS256", let id = token.keyId, !set.contains(id) else { return set }
        return try await present(context, isUnknown: true)
    }

    // MARK: - Internal

    private func present(_ context: Context, isUnknown: Bool) async throws -> any JWTKeySet {
        let (now, secret) = (clock.uptime, secret())
        let (refresh, retry) = (refreshInterval(), retryInterval())
        let usable = known.withLock { known -> (any JWTKeySet)? in
            guard let set = known.set, secret == known.secret else { return nil }
            let interval = isUnknown ? retry : known.hasFailed ? min(retry, refresh) : refresh
            if known.isReading || now - known.readAt < interval { return set }
            known.isReading = true
            return nil
        }
        if let usable { return usable }
        do {
            let set = try await read(context, secret)
            known.withLock { $0 = Known(set: set, secret: secret, readAt: now) }
            return set
        } catch {
            let kept = known.withLock { known in
                known.readAt = now
                known.hasFailed = true
                known.isReading = false
                return secret == known.secret ? known.set : nil
            }
            guard let kept else { throw error }
            return kept
        }
    }

    #if PIP_JWT
    private func read(_ context: Context, _ secret: String?) async throws -> any JWTKeySet {
        if let secret, secret.utf8.count < 32 {
            throw ApplicationError.config(
                code: "BAD_KEYS", "'credential.secret' is too short for HS256; expected at least 32 bytes",
                traceId: context.traceId)
        }
        let text = try await text(context)
        guard secret != nil || text != nil else {
            throw ApplicationError.config(
                code: "NO_KEYS",
                "Tokens can't be checked: neither 'credential.secret' nor 'jwks_file' nor 'jwks_url' is set",
                traceId: context.traceId)
        }
        return try await JWTKitKeySet(secret: secret, json: text)
    }

    private func text(_ context: Context) async throws -> String? {
        if let source = source() { return try await source.keys(context) }
        if let url = url() { return try await fetch(context, url) }
        guard let file = file() else { return nil }
        do {
            return String(decoding: try Data(contentsOf: URL(fileURLWithPath: file)), as: UTF8.self)
        } catch {
            throw ApplicationError.file(
                code: "READ_FAILED", "Can't read the keys of tokens from '\(file)'", traceId: context.traceId,
                details: ["path": .string(file)], cause: error)
        }
    }

    private func fetch(_ context: Context, _ url: String) async throws -> String {
        var request = HTTPClientRequest(
            .get, url, headers: [("Accept", "application/json")], timeout: timeout(), maxResponseSize: Self.maxSize)
        request.transport.caFile = authorities()
        // What it answers is about the keys of all: nothing of the request that comes first goes along.
        let response = try await connector.connector(for: url).send(Context(traceId: context.traceId), request)
        guard response.status == 200 else {
            throw ApplicationError.connection(
                code: HTTPFailure.badResponse,
                "\(HTTPFailure.place(of: url)) answered the question for the keys of tokens with \(response.status)",
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
