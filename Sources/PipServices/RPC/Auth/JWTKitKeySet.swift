#if PIP_JWT
import FoundationEssentials
internal import JWTKit

/// Keys of tokens in jwt-kit.
///
/// The algorithm that a token names decides which keys may check it: HS256 the shared secret, and RS256, PS256, ES256,
/// ES384 and EdDSA (Ed25519) the public keys of their kind. Otherwise a public key could pass for a shared secret.
struct JWTKitKeySet: JWTKeySet {
    /// All that is wanted of a token is whether it is signed.
    private struct Nothing: JWTPayload {
        func verify(using algorithm: some JWTAlgorithm) {}
    }

    private let secret: JWTKeyCollection?
    /// Public keys by algorithm.
    private var collections: [ScalarText: JWTKeyCollection] = [:]
    private var keyIds: [ScalarText: Set<ScalarText>] = [:]
    /// The public keys without an id by algorithm, each alone: a token with an unknown id is checked by it if it is the only
    /// one of its algorithm.
    private var unnamed: [ScalarText: [JWTKeyCollection]] = [:]

    /// - Parameter key: the setting that the JWK set comes from, for errors; nil for another component.
    /// - Throws: Misconfiguration `BAD_KEYS` for what is no JWK set, or one without any key that is understood.
    init(secret: String?, json: String?, key: String?) async throws {
        if let secret {
            let collection = JWTKeyCollection()
            await collection.add(hmac: HMACKey(from: secret), digestAlgorithm: .sha256)
            self.secret = collection
        } else {
            self.secret = nil
        }
        guard let json else { return }
        guard case .map(let set)? = try? JSONParser.parse(Array(json.utf8)), case .array(let keys)? = set["keys"] else {
            throw Self.bad(key, "no JWK set; expected an object with the list 'keys'")
        }
        for (index, key) in keys.enumerated() { await add(key, index) }
        guard !collections.isEmpty else {
            throw Self.bad(
                key, "a JWK set without a known key; expected one for RS256, PS256, ES256, ES384 or EdDSA")
        }
    }

    func contains(_ keyId: String) -> Bool { keyIds.values.contains { $0.contains(ScalarText(keyId)) } }

    func refusal(of token: JWTParts) async -> String? {
        let algorithm = ScalarText(token.algorithm)
        guard let collection = token.algorithm == "HS256" ? secret : collections[algorithm] else {
            return "there is no key for the algorithm '\(token.algorithm.shortened)'"
        }
        var (keys, isAnyKey) = (collection, token.keyId == nil)
        if token.algorithm == "HS256" {
            isAnyKey = false
        } else if let id = token.keyId, keyIds[algorithm]?.contains(ScalarText(id)) != true {
            guard let fitting = unnamed[algorithm], fitting.count == 1 else {
                return "there is no key '\(id.shortened)' for the algorithm '\(token.algorithm)'"
            }
            (keys, isAnyKey) = (fitting[0], false)
        }
        guard await Self.verify(token, keys, isAnyKey: isAnyKey) else { return "the signature is wrong" }
        return nil
    }

    // MARK: - Internal

    /// Adds a key; one of a kind that is not understood, or not for signatures, is left out: sets hold what others need.
    private mutating func add(_ key: AnyValue, _ index: Int) async {
        guard case .map(let values) = key, values["use"] == nil || values["use"] == "sig" else { return }
        let algorithms: [String]
        switch (values["kty"], values["crv"]) {
        case ("RSA"?, _): algorithms = ["RS256", "PS256"]
        case ("EC"?, "P-256"?): algorithms = ["ES256"]
        case ("EC"?, "P-384"?): algorithms = ["ES384"]
        case ("OKP"?, "Ed25519"?): algorithms = ["EdDSA"]
        default: return
        }
        for algorithm in algorithms where values["alg"] == nil || values["alg"] == .string(algorithm) {
            await add(values, index, for: algorithm)
        }
    }

    private mutating func add(_ key: AnyValueMap, _ index: Int, for algorithm: String) async {
        var values = key
        values["alg"] = .string(algorithm)
        let name = StringConverter.toNullableString(values["kid"] ?? .null)
        let id = name ?? "#\(index)"
        values["kid"] = .string(id)
        // A set for checking needs no private keys, and should hold none.
        for name in ["d", "p", "q"] { values[name] = nil }
        let text = String(decoding: JSONWriter.bytes(of: .map(values)), as: UTF8.self)
        guard let jwk = try? JWK(json: text) else { return }
        let collection = collections[ScalarText(algorithm)] ?? JWTKeyCollection()
        guard (try? await collection.add(jwk: jwk)) != nil else { return }
        collections[ScalarText(algorithm)] = collection
        if name != nil {
            keyIds[ScalarText(algorithm), default: []].insert(ScalarText(id))
        } else if let single = try? await JWTKeyCollection().add(jwk: jwk) {
            unnamed[ScalarText(algorithm), default: []].append(single)
        }
    }

    private static func verify(_ token: JWTParts, _ collection: JWTKeyCollection, isAnyKey: Bool) async -> Bool {
        (try? await collection.verify(token.text, as: Nothing.self, iteratingKeys: isAnyKey)) != nil
    }

    private static func bad(_ key: String?, _ problem: String) -> ApplicationError {
        .config(
            code: "BAD_KEYS", key: key ?? "dependencies.key-source",
            "What '\(key ?? "key-source")' gives as the keys of tokens is \(problem)")
    }
}
#endif
