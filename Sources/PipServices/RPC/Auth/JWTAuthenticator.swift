import FoundationEssentials

/// Authenticates users by JSON Web Tokens in the header field `Authorization: Bearer`. Supported are HS256 with a
/// shared secret, and RS256, PS256, ES256, ES384 and EdDSA with public keys of a JWK set.
///
/// ```yaml
/// - descriptor: pip-services:authenticator:jwt:default:1.0
///   jwks_url: https://login.example.org/keys
///   issuer: https://login.example.org
///   audience: beacons
/// ```
/// If `issuer` is set, tokens of other issuers are left to the next authenticator; a service that accepts several
/// issuers has one authenticator for each. The user's id is the claim `sub`. The roles are in the claim `roles`: a
/// list, or a string separated by spaces or commas. A nested claim is named by its path, such as `roles_claim:
/// realm_access.roles`. All claims are available as ``RestUser/claims``. Created by
/// `pip-services:authenticator:jwt:*:1.0`; requires the package trait `JWT` (compile flag `PIP_JWT`).
public final class JWTAuthenticator: RestAuthenticator, Component, RefusalExplaining {
    private let issuer = Setting<String?>(
        "issuer", default: nil, rejectsEmpty: true,
        "The required claim iss; tokens with another one are left to other authenticators. By default any")
    private let audience = Setting<String?>(
        "audience", default: nil, rejectsEmpty: true, "The value that the claim aud must contain; any by default")
    private let idClaim = Setting("id_claim", default: "sub", "The claim with the user's id, or its path")
    private let rolesClaim = Setting(
        "roles_claim", default: "roles",
        "The claim with the user's roles, or its path, such as realm_access.roles")
    private let leeway = Setting(
        "options.leeway", default: Duration.milliseconds(30_000), in: Duration.zero...,
        "The maximum difference between the clocks of issuer and service, in ms; 0 for none")
    private let mustExpire = Setting("options.require_expiration", default: true, "False to accept tokens without exp")
    private let clock = ClockSlot()
    private let keys = JWTKeys()

    init() {}

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

    /// Returns the user of a token; nil for a token of another issuer.
    /// - Throws: Unauthorized `BAD_TOKEN` for a token that is malformed, not signed by a known key, or for another
    ///   audience; `TOKEN_EXPIRED` for one that has expired or is not valid yet; Misconfiguration `NO_KEYS` or
    ///   `BAD_KEYS` if no usable key is configured.
    public func authenticate(_ context: Context, _ credentials: String) async throws -> RestUser? {
        guard let token = JWTParts(credentials) else {
            throw Self.bad(context, "it is not a token, or has critical extensions or more than 16384 bytes")
        }
        // Unverified: the authenticator of that issuer verifies it.
        if let issuer = issuer(), !Self.isEqual(token.claims["iss"], issuer) { return nil }
        let set = try await keys.set(context, for: token)
        if let reason = await set.refusal(of: token) { throw Self.bad(context, reason) }
        try check(context, token.claims)
        let idClaim = idClaim()
        guard let id = Self.id(Self.claim(idClaim, in: token.claims)), !id.isEmpty else {
            throw Self.bad(context, "the claim \(idClaim) is missing or empty")
        }
        return RestUser(id: id, roles: roles(Self.claim(rolesClaim(), in: token.claims)), claims: token.claims)
    }

    // MARK: - Internal

    func refusal(of credentials: String) -> String? {
        guard let token = JWTParts(credentials), let issuer = issuer(), !Self.isEqual(token.claims["iss"], issuer)
        else {
            return nil
        }
        return Self.mismatch("iss", token.claims["iss"], issuer)
    }

    private static func mismatch(_ name: String, _ claim: AnyValue?, _ expected: String) -> String {
        let found =
            switch claim {
            case nil, .null?: "is missing"
            case .string(let text)?: "is '\(text.shortened)'"
            case .array(let all)?: "is [\(all.compactMap(\.string).joined(separator: ", ").shortened)]"
            default: "is not a string"
            }
        return "the claim \(name) \(found), expected '\(expected)'"
    }

    private func check(_ context: Context, _ claims: AnyValueMap) throws(ApplicationError) {
        let (now, leeway) = (clock.now.timeIntervalSince1970, leeway().milliseconds / 1000)
        func time(_ name: String) throws(ApplicationError) -> Double? {
            switch claims[name] {
            case nil, .null?: return nil
            case .integer(let value)?: return Double(value)
            case .double(let value)? where value.isFinite: return value
            case .decimal(let value)? where !value.isNaN: return value.nearestDouble
            default: throw Self.bad(context, "the claim \(name) is not a number")
            }
        }
        func expired(_ name: String, _ time: Double) -> ApplicationError {
            .unauthorized(
                code: "TOKEN_EXPIRED", "The token is not valid at this time", traceId: context.traceId,
                cause: CredentialRefusal("the claim \(name) is \(time), and the time is \(now)"))
        }
        let end = try time("exp")
        if end == nil, mustExpire() {
            throw Self.bad(context, "the claim exp is missing, and options.require_expiration is true")
        }
        if let end, now >= end + leeway { throw expired("exp", end) }
        if let start = try time("nbf"), now < start - leeway { throw expired("nbf", start) }
        if let audience = audience() {
            let isMeant =
                switch claims["aud"] {
                case .array(let all)?: all.contains { Self.isEqual($0, audience) }
                case let one: Self.isEqual(one, audience)
                }
            guard isMeant else { throw Self.bad(context, Self.mismatch("aud", claims["aud"], audience)) }
        }
    }

    /// Returns the claim of that name; otherwise, for a dotted path, a nested claim.
    private static func claim(_ path: String, in claims: AnyValueMap) -> AnyValue? {
        if let claim = claims[path] { return claim }
        var claim: AnyValue? = .map(claims)
        for name in path.parts(separatedBy: ".", omittingEmpty: true) {
            guard case .map(let inner)? = claim else { return nil }
            claim = inner[String(name)]
        }
        return claim
    }

    /// Returns an id; nil if the claim is neither a string nor an integer. A list, as text, could equal another id.
    private static func id(_ claim: AnyValue?) -> String? {
        switch claim {
        case .string(let id)?: id
        case .integer(let id)?: String(id)
        default: nil
        }
    }

    /// Compares code points: canonically equivalent strings are different issuers.
    private static func isEqual(_ claim: AnyValue?, _ text: String) -> Bool {
        guard case .string(let value)? = claim else { return false }
        return RestAuthentication.isEqual(value, text)
    }

    private func roles(_ claim: AnyValue?) -> [String] {
        switch claim {
        case .array(let roles)?: roles.compactMap { if case .string(let role) = $0 { role } else { nil } }
        case .string(let roles)?: roles.unicodeScalars.split { $0 == " " || $0 == "," }.map { String($0) }
        default: []
        }
    }

    /// - Parameter reason: what is wrong, for the log.
    private static func bad(_ context: Context, _ reason: String) -> ApplicationError {
        .unauthorized(
            code: "BAD_TOKEN", "The request's token is not valid", traceId: context.traceId,
            cause: CredentialRefusal(reason))
    }
}

// MARK: - Internal

/// The parts of an unverified token.
struct JWTParts: Sendable {
    let text: String
    let algorithm: String
    let keyId: String?
    let claims: AnyValueMap

    /// Nil if the text is not a token or requires unsupported extensions.
    init?(_ text: String) {
        // A token has only one encoding: with padding, a different string would have the same signature.
        guard text.utf8.count <= 16_384, text.utf8.allSatisfy(Self.isPlain) else { return nil }
        let parts = text.parts(separatedBy: ".")
        guard parts.count == 3, case .map(let header)? = Self.json(parts[0]),
            case .map(let claims)? = Self.json(parts[1]),
            case .string(let algorithm)? = header["alg"], header["crit"] == nil
        else { return nil }
        self.text = text
        self.algorithm = algorithm
        self.claims = claims
        keyId = if case .string(let id)? = header["kid"] { id } else { nil }
    }

    /// True for the base64url alphabet and the dot that separates the parts.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    private static func json(_ part: Substring) -> AnyValue? {
        var text = part.replacing(text: "-", with: "+").replacing(text: "_", with: "/")
        while text.utf8.count % 4 != 0 { text += "=" }
        guard let data = Data(base64Encoded: text) else { return nil }
        return try? JSONParser.parse([UInt8](data))
    }
}
