/// The rules for valid keys, and the replacement of others.
struct MemcachedKeyRules: Sendable {
    /// The longest key that is sent, in bytes.
    let maxSize: Int
    /// True if keys that memcached does not accept are replaced by their hash.
    let hashesKeys: Bool

    /// The longest key that the server accepts, in bytes.
    static let limit = 250

    init(_ options: MemcachedOptions) {
        maxSize = min(max(options.maxKeySize, 0), Self.limit)
        hashesKeys = options.hashKeys
    }

    /// The key itself, or its hash if memcached does not accept the key and hashing is enabled.
    /// - Throws: BadRequest `BAD_KEY` with the reason.
    func keyToSend(_ key: String, _ context: Context) throws(ApplicationError) -> String {
        if isValid(key) { return key }
        guard hashesKeys else {
            throw .badRequest(
                code: "BAD_KEY", "The key '\(key.prefix(80))' \(problem(of: key))", traceId: context.traceId,
                details: ["key": .string(key)])
        }
        return Self.hashPrefix + MemcachedKeyHash.hex(of: Array(key.utf8))
    }

    // MARK: - Internal

    private static let hashPrefix = "sha256:"

    private func isValid(_ key: String) -> Bool {
        let bytes = key.utf8.span
        guard !bytes.isEmpty, bytes.count <= maxSize else { return false }
        for index in bytes.indices where bytes[index] <= 0x20 || bytes[index] == 0x7F { return false }
        // A key that looks like a hash is hashed too; otherwise it could access another key's value.
        return !(hashesKeys && key.utf8.starts(with: Self.hashPrefix.utf8))
    }

    private func problem(of key: String) -> String {
        let length = key.utf8.count
        if length == 0 { return "is empty" }
        if length > maxSize {
            return "has \(length) bytes; memcached accepts at most \(maxSize), unless 'options.hash_keys' is set"
        }
        return "contains a space or a control character; memcached accepts none, unless 'options.hash_keys' is set"
    }
}
