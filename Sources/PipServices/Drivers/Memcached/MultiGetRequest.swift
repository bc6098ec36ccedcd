/// The keys of a multi-get in wire form, in one contiguous array of bytes.
struct MultiGetRequest: Sendable {
    /// The keys as sent.
    let keys: [String]
    /// All keys, one after the other.
    let bytes: [UInt8]
    /// The length of each key in bytes.
    let lengths: [Int]

    /// Creates a request. Keys are validated and, if configured, hashed.
    /// - Throws: BadRequest `BAD_KEY` with the reason.
    init(_ keys: [String], _ rules: MemcachedKeyRules, _ context: Context) throws(ApplicationError) {
        var (sent, bytes, lengths) = (keys, [UInt8](), [Int]())
        bytes.reserveCapacity(keys.count * 32)
        lengths.reserveCapacity(keys.count)
        for index in keys.indices {
            let key = try rules.keyToSend(keys[index], context)
            let start = bytes.count
            bytes.append(contentsOf: key.utf8)
            lengths.append(bytes.count - start)
            sent[index] = key
        }
        (self.keys, self.bytes, self.lengths) = (sent, bytes, lengths)
    }
}
