/// The keys that are asked for at once, as they travel: one behind the other in one piece of memory.
struct MemcachedQuestion: Sendable {
    /// The keys as they travel.
    let keys: [String]
    let bytes: [UInt8]
    /// How many bytes each key has.
    let lengths: [Int]

    /// Checks keys, and makes those that travel of them.
    /// - Throws: BadRequest `BAD_KEY` that says what is wrong.
    init(_ keys: [String], _ rules: MemcachedKeys, _ context: Context) throws(ApplicationError) {
        var (wires, bytes, lengths) = (keys, [UInt8](), [Int]())
        bytes.reserveCapacity(keys.count * 32)
        lengths.reserveCapacity(keys.count)
        for index in keys.indices {
            var wire = keys[index]
            if !wire.withUTF8(rules.canTravel) {
                wire = try rules.wire(wire, context)
                wires[index] = wire
            }
            wire.withUTF8 { text in
                bytes.append(contentsOf: text)
                lengths.append(text.count)
            }
        }
        (self.keys, self.bytes, self.lengths) = (wires, bytes, lengths)
    }
}
