#if PIP_JWT
import FoundationEssentials
internal import JWTKit

/// Verification keys in jwt-kit.
///
/// The algorithm in the token selects the keys: the shared secret for HS256, public keys of the matching type for
/// RS256, PS256, ES256, ES384 and EdDSA (Ed25519). Otherwise a public key could be used as a shared secret.
struct JWTKitKeySet: JWTKeySet {
    /// An empty payload: only the signature is verified here.
    private struct Nothing: JWTPayload {
        func verify(using algorithm: some JWTAlgorithm) {}
    }

    private let secret: JWTKeyCollection?
    /// Public keys by algorithm.
    private var collections: [ScalarText: JWTKeyCollection] = [:]
    private var keyIds: [ScalarText: Set<ScalarText>] = [:]
    /// Public keys without an id, by algorithm. A token with an unknown id is verified with such a key if it is the
    /// only one for its algorithm.
    private var unnamed: [ScalarText: [JWTKeyCollection]] = [:]

    /// - Parameter key: the setting that contains the JWK set, for errors; nil for another component.
    /// - Throws: Misconfiguration `BAD_KEYS` for an invalid JWK set, or one without a supported key.
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
            throw Self.bad(key, "not a JWK set; expected an object with the list 'keys'")
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

    /// Adds a key. Unsupported keys and those not for signatures are skipped, since sets contain keys for other
    /// purposes.
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
        // A set for verification should not contain private keys.
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
            "The value of '\(key ?? "key-source")' is \(problem)")
    }
}
#endif
