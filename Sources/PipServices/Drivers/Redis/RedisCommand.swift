#if PIP_REDIS
/// A Redis command with its arguments, encoded for sending.
///
/// ```swift
/// try await connection.execute(context, RedisCommand("HSET", "beacon.1", "name", "Hall"))
/// ```
/// Keys and values may be any bytes. Commands that block (`BLPOP`) or change the connection (`SELECT`) need a
/// ``RedisSession``, because all tasks share one connection.
public struct RedisCommand: Sendable, Hashable {
    /// The command's name, such as `GET`.
    public let name: String
    /// The encoded command.
    let bytes: [UInt8]
    /// The kind of connection that the command requires.
    let place: RedisCommandRules.Place

    /// Creates a command whose arguments are strings.
    public init(_ name: String, _ arguments: String...) { self.init(name, arguments) }

    /// Creates a command whose arguments are strings.
    public init(_ name: String, _ arguments: [String]) {
        var wire = RedisWire(name, count: arguments.count, size: arguments.reduce(0) { $0 + $1.utf8.count })
        for argument in arguments { wire.append(argument) }
        self.init(name, wire, RedisCommandRules.place(name, arguments))
    }

    /// Creates a command whose arguments are bytes.
    public init(_ name: String, bytes arguments: [[UInt8]]) {
        var wire = RedisWire(name, count: arguments.count, size: arguments.reduce(0) { $0 + $1.count })
        for argument in arguments { wire.append(argument) }
        // A word among the arguments matters only near the front.
        let words = arguments.prefix(8).lazy.map { String(decoding: $0.prefix(16), as: UTF8.self) }
        self.init(name, wire, RedisCommandRules.place(name, words))
    }

    // MARK: - Internal

    /// Creates an internal command, which is exempt from the rules for shared connections.
    init(_ name: String, _ arguments: [String], isInternal: Bool) {
        var wire = RedisWire(name, count: arguments.count, size: arguments.reduce(0) { $0 + $1.utf8.count })
        for argument in arguments { wire.append(argument) }
        self.init(name, wire, .anywhere)
    }

    /// Creates a command with a binary value between string arguments.
    init(_ name: String, _ head: String, _ value: [UInt8], _ tail: [String] = []) {
        let size = head.utf8.count + value.count + tail.reduce(0) { $0 + $1.utf8.count }
        var wire = RedisWire(name, count: 2 + tail.count, size: size)
        wire.append(head)
        wire.append(value)
        for argument in tail { wire.append(argument) }
        self.init(name, wire, .anywhere)
    }

    init(_ name: String, _ wire: RedisWire, _ place: RedisCommandRules.Place) {
        self.name = name
        self.place = place
        bytes = wire.bytes
    }
}

extension RedisCommand: CustomStringConvertible, CustomReflectable {
    /// Only the name: arguments may be secret.
    public var description: String { name }
    /// As ``description``.
    public var customMirror: Mirror { Mirror(self, children: ["name": name]) }
}

// MARK: - Internal

/// Encodes a command in the Redis protocol: an array of length-prefixed strings.
struct RedisWire {
    private(set) var bytes: [UInt8] = []

    init(_ name: String, count: Int, size: Int) {
        // A length and two line ends per part: sufficient except for huge values.
        bytes.reserveCapacity(size + name.utf8.count + 16 * (count + 2))
        append(count + 1, as: UInt8(ascii: "*"))
        append(name)
    }

    mutating func append(_ text: String) {
        append(text.utf8.count, as: UInt8(ascii: "$"))
        bytes.append(contentsOf: text.utf8)
        endLine()
    }

    mutating func append(_ value: [UInt8]) {
        append(value.count, as: UInt8(ascii: "$"))
        bytes.append(contentsOf: value)
        endLine()
    }

    private mutating func append(_ number: Int, as mark: UInt8) {
        bytes.append(mark)
        if number < 10 {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number))
        } else {
            var (rest, scale) = (number, 10)
            while rest / scale >= 10 { scale *= 10 }
            while scale > 0 {
                bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest / scale))
                rest %= scale
                scale /= 10
            }
        }
        endLine()
    }

    private mutating func endLine() {
        bytes.append(UInt8(ascii: "\r"))
        bytes.append(UInt8(ascii: "\n"))
    }
}
#endif
