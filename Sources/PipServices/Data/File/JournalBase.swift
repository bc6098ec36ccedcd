/// The state on which the changes in a journal are based: the data file, and related data that a plain list of items
/// can't contain.
struct JournalBase: Hashable, Sendable {
    /// The identity of the data file; nil if there is none.
    var file: FileIdentity?
    /// The keys of its items.
    var keys = ItemKeys.ids
    /// The pending outbox messages.
    var messages: [OutboxMessage] = []
    /// The journal offset up to which this state includes the changes; nil for the end of this frame.
    var upTo: Int?
}

extension JournalBase {
    private static let version: Int64 = 1

    /// Encodes the base for a journal.
    func json() throws(ApplicationError) -> [UInt8] {
        var map: AnyValueMap = ["journal": .integer(Self.version)]
        if let file {
            map["size"] = .integer(Int64(file.size))
            map["checksum"] = .string(file.checksum)
        }
        map["keys"] = keys.value
        if !messages.isEmpty { map["messages"] = try AnyValue(encoding: messages) }
        if let upTo { map["up_to"] = .integer(Int64(upTo)) }
        return JSONWriter.bytes(of: .map(map))
    }

    /// Decodes a base; nil for an unknown format.
    init?(_ map: AnyValueMap) {
        guard map["journal"] == .integer(Self.version), let keys = ItemKeys(map["keys"]) else { return nil }
        self.keys = keys
        if let size = map["size"] {
            guard case .integer(let size) = size, let checksum = map["checksum"]?.string else { return nil }
            file = FileIdentity(size: Int(clamping: size), checksum: checksum)
        }
        if let messages = map["messages"] {
            guard let messages = try? messages.decode([OutboxMessage].self) else { return nil }
            self.messages = messages
        }
        if case .integer(let place)? = map["up_to"] { upTo = Int(clamping: place) }
    }
}

/// Identifies the content of a file.
struct FileIdentity: Hashable, Sendable {
    let size: Int
    let checksum: String

    init(size: Int, checksum: String) {
        self.size = size
        self.checksum = checksum
    }

    init(_ bytes: [UInt8]) { self.init(size: bytes.count, checksum: Checksum(bytes).text) }
}
