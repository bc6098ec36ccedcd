/// The state from which changes of a journal go on: what the data file holds, and what belongs to it but has no place in
/// a plain list of items.
struct JournalBase: Hashable, Sendable {
    /// What the data file holds; nil when there is none.
    var file: FileIdentity?
    /// The keys of its items.
    var keys = ItemKeys.ids
    /// The messages that wait.
    var messages: [OutboxMessage] = []
    /// The place in the journal up to which the changes are in all that; nil: up to the end of this very frame.
    var upTo: Int?
}

extension JournalBase {
    private static let version: Int64 = 1

    /// The base as a journal notes it.
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

    /// Reads a base; nil for one that this version does not know.
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

/// Tells one content of a file from another.
struct FileIdentity: Hashable, Sendable {
    let size: Int
    let checksum: String

    init(size: Int, checksum: String) {
        self.size = size
        self.checksum = checksum
    }

    init(_ bytes: [UInt8]) { self.init(size: bytes.count, checksum: Checksum(bytes).text) }
}
