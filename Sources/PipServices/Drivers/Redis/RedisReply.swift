#if PIP_REDIS
/// What Redis answers to a command.
public enum RedisReply: Sendable, Hashable {
    /// Nothing: a key that is not there, a condition that does not hold.
    case null
    /// A whole number.
    case integer(Int64)
    /// A value, as bytes of any kind.
    case bytes([UInt8])
    /// A short word, such as `OK`.
    case status(String)
    /// Several answers in one.
    case array([RedisReply])
    /// The server refused the command; the text begins with a word in capitals that says why.
    case error(String)

    /// The bytes of a value or the number as text; nil for anything else.
    public var bytes: [UInt8]? {
        switch self {
        case .bytes(let bytes): bytes
        case .integer(let number): Array(String(number).utf8)
        case .status(let text): Array(text.utf8)
        case .null, .array, .error: nil
        }
    }

    /// A value as text in UTF-8; nil for anything else.
    public var text: String? { bytes.flatMap { String(validating: $0, as: UTF8.self) } }

    /// The number, also when it is written as text; nil for anything else.
    public var integer: Int64? {
        if case .integer(let number) = self { number } else { text.flatMap { Int64($0) } }
    }

    /// The answers of an array; nil for anything else.
    public var array: [RedisReply]? { if case .array(let replies) = self { replies } else { nil } }

    // MARK: - Internal

    /// The word in capitals with which an error begins, or `ERR`; nil for anything else.
    var errorCode: String? {
        guard case .error(let text) = self else { return nil }
        let word = text.prefix(upTo: " ")
        let isCode = !word.isEmpty && word.utf8.allSatisfy { (0x41...0x5A).contains($0) || $0 == UInt8(ascii: "_") }
        return isCode ? String(word) : "ERR"
    }

    /// True for the error of a server that is not, or no longer, the one to write to. A script wraps it in Redis 6.
    var deniesWriting: Bool {
        guard case .error(let text) = self else { return false }
        return ["READONLY", "MASTERDOWN"].contains { text.utf8.starts(with: $0.utf8) }
            || text.contains(text: "READONLY You can't write")
    }
}
#endif
