import PipServices

#if PIP_JWT
private import JWTKit
#endif

/// JSON Web Tokens for tests, accepted by a ``JWTAuthenticator`` with a shared secret.
public enum TestToken {
    /// Signs a token with HS256.
    ///
    /// - Parameters:
    ///   - user: the user, whose id becomes the claim `sub` and whose roles become `roles`; other claims are added.
    ///   - secret: the value of the authenticator's `credential.secret`, at least 32 bytes.
    ///   - claims: additional claims, such as `iss` and `aud`, which override those of the user. By default the token
    ///     expires (`exp`) at the end of 2099; `"exp": .null` omits the claim.
    /// - Throws: Unsupported `NOT_COMPILED_IN` without the package trait `JWT`; an error of jwt-kit if it rejects the
    ///   secret.
    public static func sign(_ user: RestUser, secret: String, claims: AnyValueMap = [:]) async throws -> String {
        #if PIP_JWT
        var all = user.claims
        all["sub"] = .string(user.id)
        all["roles"] = .array(user.roles.map { .string($0) })
        all["exp"] = .integer(4_102_444_799)
        for (name, value) in claims { all[name] = value }
        if all["exp"] == .null { all.remove("exp") }
        let keys = await JWTKeyCollection().add(hmac: HMACKey(from: secret), digestAlgorithm: .sha256)
        return try await keys.sign(Claims(values: all))
        #else
        throw ApplicationError.unsupported(
            code: "NOT_COMPILED_IN",
            "Tokens are not compiled in: turn on the package trait JWT (compile flag PIP_JWT)")
        #endif
    }
}

// MARK: - Internal

#if PIP_JWT
private struct Claims: JWTPayload {
    let values: AnyValueMap

    init(values: AnyValueMap) { self.values = values }

    init(from decoder: any Decoder) throws {
        values = try AnyValue(from: decoder).map ?? [:]
    }

    func encode(to encoder: any Encoder) throws { try AnyValue.map(values).encode(to: encoder) }

    func verify(using algorithm: some JWTAlgorithm) {}
}
#endif
