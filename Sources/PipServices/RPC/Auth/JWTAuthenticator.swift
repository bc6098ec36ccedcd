import FoundationEssentials

/// Signs users in by JSON Web Tokens, which the header field `Authorization: Bearer` brings: HS256 by a shared secret,
/// RS256 and ES256 by public keys of a JWK set.
///
/// ```yaml
/// - descriptor: pip-services:authenticator:jwt:default:1.0
///   jwks_file: /etc/keys/jwks.json
///   issuer: https://login.example.org
///   audience: beacons
/// ```
/// The user's id is the claim `sub`, the roles those of the claim `roles`: a list, or a text with blanks or commas. All
/// claims are the user's ``RestUser/claims``. Created by `pip-services:authenticator:jwt:*:1.0`; needs the package trait
/// `JWT` (compile flag `PIP_JWT`).
public final class JWTAuthenticator: RestAuthenticator, Component {
    private let secret = Setting<String?>(
        "credential.secret", aliases: ["credential.access_key"], default: nil, secret: true, reloadable: true,
        "The secret of tokens signed by HS256, at least 32 bytes")
    private let file = Setting<String?>("jwks_file", default: nil, "A file with the JWK set of public keys")
    private let issuer = Setting<String?>("issuer", default: nil, "What the claim iss must be; anything by default")
    private let audience = Setting<String?>(
        "audience", default: nil, "What the claim aud must hold; anything by default")
    private let idClaim = Setting("id_claim", default: "sub", "The claim that is the user's id")
    private let rolesClaim = Setting("roles_claim", default: "roles", "The claim that lists the user's roles")
    private let leeway = Setting(
        "options.leeway", default: Duration.milliseconds(30_000), "How far the clocks of issuer and service may differ")
    private let mustExpire = Setting("options.require_expiration", default: true, "False to take tokens without exp")
    private let refreshInterval = Setting(
        "options.refresh_interval", default: Duration.milliseconds(300_000), "How often the keys are read anew")
    private let retryInterval = Setting(
        "options.retry_interval", default: Duration.milliseconds(10_000),
        "How often the keys are read at most, when a token names an unknown one")
    private let source = OptionalDependency<any JWTKeySource>("key-source", "*:key-source:*:*:1.0")
    private let clock = ClockSlot()
    private let keys = Locked(Keys())

    private struct Keys: Sendable {
        var set: (any JWTKeySet)?
        var secret: String?
        var readAt: Duration?
    }

    init() {
        SlotCollector.declare(
            self,
            slots: [
                secret, file, issuer, audience, idClaim, rolesClaim, leeway, mustExpire, refreshInterval, retryInterval,
                source, clock,
            ])
    }

    /// Creates an authenticator.
    /// - Throws: Unsupported `NOT_COMPILED_IN` without the package trait `JWT`.
    public static func create() throws(ApplicationError) -> JWTAuthenticator {
        #if PIP_JWT
        return JWTAuthenticator()
        #else
        throw .unsupported(
            code: "NOT_COMPILED_IN",
            "Tokens are not compiled in: turn on the package trait JWT (compile flag PIP_JWT)")
        #endif
    }

    /// `Bearer`.
    public var scheme: String { "Bearer" }

    /// The user of a token.
    /// - Throws: Unauthorized `BAD_TOKEN` for one that is malformed, not signed by a known key, or for others, and
    ///   `TOKEN_EXPIRED` for one whose time is over or has not come; Misconfiguration `NO_KEYS` and `BAD_KEYS` when there
    ///   is nothing to check it by.
    public func authenticate(_ context: Context, _ credentials: String) async throws -> RestUser? {
        guard let token = JWTParts(credentials) else { throw Self.bad(context) }
        var set = try await keySet(context)
        if token.algorithm != "HS256", let id = token.keyId, !set.contains(id) {
            set = try await keySet(context, unknownKey: true)
        }
        guard await set.isSigned(token) else { throw Self.bad(context) }
        try check(context, token.claims)
        guard let id = StringConverter.toNullableString(token.claims[idClaim()] ?? .null), !id.isEmpty else {
            throw Self.bad(context)
        }
        return RestUser(id: id, roles: roles(token.claims[rolesClaim()]), claims: token.claims)
    }

    // MARK: - Internal

    private func check(_ context: Context, _ claims: AnyValueMap) throws(ApplicationError) {
        let (now, leeway) = (clock.now.timeIntervalSince1970, max(0, leeway().milliseconds) / 1000)
        func time(_ name: String) throws(ApplicationError) -> Double? {
            switch claims[name] {
            case nil, .null?: return nil
            case .integer(let value)?: return Double(value)
            case .double(let value)? where value.isFinite: return value
            default: throw Self.bad(context)
            }
        }
        let expired = ApplicationError.unauthorized(
            code: "TOKEN_EXPIRED", "The token is not valid at this time", traceId: context.traceId)
        let end = try time("exp")
        if end == nil, mustExpire() { throw Self.bad(context) }
        if let end, now >= end + leeway { throw expired }
        if let start = try time("nbf"), now < start - leeway { throw expired }
        if let issuer = issuer(), claims["iss"] != .string(issuer) { throw Self.bad(context) }
        if let audience = audience() {
            let isMeant =
                switch claims["aud"] {
                case .string(let one)?: one == audience
                case .array(let all)?: all.contains(.string(audience))
                default: false
                }
            guard isMeant else { throw Self.bad(context) }
        }
    }

    private func roles(_ claim: AnyValue?) -> [String] {
        switch claim {
        case .array(let roles)?: roles.compactMap { if case .string(let role) = $0 { role } else { nil } }
        case .string(let roles)?: roles.split { $0 == " " || $0 == "," }.map(String.init)
        default: []
        }
    }

    /// The present keys, read anew when it is time. Two tasks may read them at once: both read the same.
    private func keySet(_ context: Context, unknownKey: Bool = false) async throws -> any JWTKeySet {
        let known = keys.current
        let (now, secret) = (clock.uptime, secret())
        let interval = unknownKey ? retryInterval() : refreshInterval()
        if let set = known.set, let readAt = known.readAt, secret == known.secret, now - readAt < interval {
            return set
        }
        do {
            let set = try await read(context, secret)
            keys.withLock { $0 = Keys(set: set, secret: secret, readAt: now) }
            return set
        } catch {
            // The keys that are known stay in use, and are read again a little later.
            guard let set = known.set, secret == known.secret else { throw error }
            keys.withLock { $0.readAt = now }
            return set
        }
    }

    private func read(_ context: Context, _ secret: String?) async throws -> any JWTKeySet {
        #if PIP_JWT
        var text: String?
        if let source = source() {
            text = try await source.keys(context)
        } else if let file = file() {
            do {
                text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: file)), as: UTF8.self)
            } catch {
                throw ApplicationError.file(
                    code: "READ_FAILED", "Can't read the keys of tokens from '\(file)'",
                    details: ["path": .string(file)],
                    cause: error)
            }
        }
        if let secret, secret.utf8.count < 32 {
            throw ApplicationError.config(
                code: "BAD_KEYS", "'credential.secret' is too short for HS256; expected at least 32 bytes")
        }
        guard secret != nil || text != nil else {
            throw ApplicationError.config(
                code: "NO_KEYS", "Tokens can't be checked: neither 'credential.secret' nor 'jwks_file' is set")
        }
        return try await JWTKitKeySet(secret: secret, json: text)
        #else
        throw ApplicationError.unsupported(code: "NOT_COMPILED_IN", "Tokens are not compiled in")
        #endif
    }

    private static func bad(_ context: Context) -> ApplicationError {
        .unauthorized(code: "BAD_TOKEN", "The request's token is not valid", traceId: context.traceId)
    }
}

/// Keys by which tokens are checked.
protocol JWTKeySet: Sendable {
    func contains(_ keyId: String) -> Bool
    func isSigned(_ token: JWTParts) async -> Bool
}

/// The parts of a token that nobody has checked yet.
struct JWTParts: Sendable {
    let text: String
    let algorithm: String
    let keyId: String?
    let claims: AnyValueMap

    /// Nil for what is no token, or one that asks for more than is understood.
    init?(_ text: String) {
        guard text.utf8.count <= 16_384 else { return nil }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, case .map(let header)? = Self.json(parts[0]),
            case .map(let claims)? = Self.json(parts[1]),
            case .string(let algorithm)? = header["alg"], header["crit"] == nil
        else { return nil }
        self.text = text
        self.algorithm = algorithm
        self.claims = claims
        keyId = if case .string(let id)? = header["kid"] { id } else { nil }
    }

    private static func json(_ part: Substring) -> AnyValue? {
        var text = part.replacing("-", with: "+").replacing("_", with: "/")
        while text.utf8.count % 4 != 0 { text += "=" }
        guard let data = Data(base64Encoded: String(text)) else { return nil }
        return try? JSONParser.parse([UInt8](data))
    }
}
