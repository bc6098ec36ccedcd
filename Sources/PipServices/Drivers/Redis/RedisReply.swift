#if PIP_REDIS
/// A reply of Redis.
public enum RedisReply: Sendable, Hashable {
    /// Null: a missing key, or a condition that is not met.
    case null
    /// A whole number.
    case integer(Int64)
    /// A binary value.
    case bytes([UInt8])
    /// A short status, such as `OK`.
    case status(String)
    /// An array of replies.
    case array([RedisReply])
    /// An error. The text starts with a code in capitals.
    case error(String)

    /// The bytes of a value, or the number as a string; nil for others.
    public var bytes: [UInt8]? {
        switch self {
        case .bytes(let bytes): bytes
        case .integer(let number): Array(String(number).utf8)
        case .status(let text): Array(text.utf8)
        case .null, .array, .error: nil
        }
    }

    /// A value as a UTF-8 string; nil for others.
    public var text: String? { bytes.flatMap { String(validating: $0, as: UTF8.self) } }

    /// The number, also if it is a string; nil for others.
    public var integer: Int64? {
        if case .integer(let number) = self { number } else { text.flatMap { Int64($0) } }
    }

    /// The elements of an array; nil for others.
    public var array: [RedisReply]? { if case .array(let replies) = self { replies } else { nil } }

    // MARK: - Internal

    /// The code at the start of an error, or `ERR`; nil for others.
    var errorCode: String? {
        guard case .error(let text) = self else { return nil }
        let word = text.prefix(upTo: " ")
        let isCode = !word.isEmpty && word.utf8.allSatisfy { (0x41...0x5A).contains($0) || $0 == UInt8(ascii: "_") }
        return isCode ? String(word) : "ERR"
    }

    /// True for the error of a server that accepts no writes. In Redis 6, scripts wrap it.
    var deniesWriting: Bool {
        guard case .error(let text) = self else { return false }
        return ["READONLY", "MASTERDOWN"].contains { text.utf8.starts(with: $0.utf8) }
            || text.contains(text: "READONLY You can't write")
    }
}
#endif
