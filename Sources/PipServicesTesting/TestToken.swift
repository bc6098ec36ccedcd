import PipServices

#if PIP_JWT
private import JWTKit
#endif

/// JSON Web Tokens for tests, as a ``JWTAuthenticator`` with a shared secret accepts them.
public enum TestToken {
    /// Signs a token by HS256.
    ///
    /// - Parameters:
    ///   - user: the id becomes the claim `sub`, the roles `roles`; the user's claims are added.
    ///   - secret: what `credential.secret` of the authenticator is: at least 32 bytes.
    ///   - claims: further claims, such as `iss` and `aud`, which replace those of the user. The token expires (`exp`)
    ///     at the end of 2099 unless they say otherwise; `"exp": .null` leaves the claim out.
    /// - Throws: Unsupported `NOT_COMPILED_IN` without the package trait `JWT`; an error of jwt-kit for a secret that it
    ///   does not accept.
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
