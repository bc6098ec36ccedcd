/// Checks keys, and makes those that travel of them.
struct MemcachedKeys: Sendable {
    let longest: Int
    let hashes: Bool

    /// As the server sets it.
    static let limit = 250

    init(_ options: MemcachedOptions) {
        longest = min(max(options.maxKeySize, 0), Self.limit)
        hashes = options.hashKeys
    }

    /// The key that travels: the key itself, or its hash where it can't travel and hashing is on.
    /// - Throws: BadRequest `BAD_KEY` that says what is wrong.
    func wire(_ key: String, _ context: Context) throws(ApplicationError) -> String {
        var text = key
        if text.withUTF8(canTravel) { return key }
        guard hashes else {
            throw .badRequest(
                code: "BAD_KEY", "The key '\(key.prefix(80))' \(problem(key))", traceId: context.traceId,
                details: ["key": .string(key)])
        }
        return Self.prefix + SHA256.hex(of: Array(key.utf8))
    }

    /// True for a key that travels as it is.
    func canTravel(_ key: UnsafeBufferPointer<UInt8>) -> Bool {
        guard !key.isEmpty, key.count <= longest else { return false }
        // Not to the first one only: without a way out of it, the loop looks at many bytes at once.
        var strange = false
        for byte in key { strange = strange || byte <= 0x20 || byte == 0x7F }
        // What looks like a hash is hashed too: nobody gets at another's value by writing its hash.
        return !strange && !(hashes && key.starts(with: Self.prefix.utf8))
    }

    // MARK: - Internal

    private static let prefix = "sha256:"

    /// Why a key can't travel.
    private func problem(_ key: String) -> String {
        let length = key.utf8.count
        if length == 0 { return "is empty" }
        if length > longest {
            return "is \(length) bytes long; memcached takes up to \(longest), or set 'options.hash_keys'"
        }
        return "has a blank or a control character, which memcached does not take; or set 'options.hash_keys'"
    }
}
