/// A value of the AMQP 1.0 type system.
indirect enum AMQPValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case ubyte(UInt8)
    case ushort(UInt16)
    case uint(UInt32)
    case ulong(UInt64)
    case byte(Int8)
    case short(Int16)
    case int(Int32)
    case long(Int64)
    case float(Float)
    case double(Double)
    /// A decimal number of 4, 8 or 16 bytes, in its wire format.
    case decimal([UInt8])
    /// A UTF-32 code point.
    case char(UInt32)
    /// Milliseconds since 1970.
    case timestamp(Int64)
    /// 16 bytes.
    case uuid([UInt8])
    case binary([UInt8])
    case string(String)
    case symbol(String)
    case list([AMQPValue])
    case map(AMQPMap)
    /// Values of one type.
    case array([AMQPValue])
    case described(descriptor: AMQPValue, AMQPValue)

    /// The text of a string or a symbol; nil for any other value.
    var text: String? {
        switch self {
        case .string(let text), .symbol(let text): text
        default: nil
        }
    }

    /// The number of an integer or a timestamp; nil for any other value, and for one beyond 64 signed bits.
    var integer: Int64? {
        switch self {
        case .ubyte(let number): Int64(number)
        case .ushort(let number): Int64(number)
        case .uint(let number): Int64(number)
        case .ulong(let number): Int64(exactly: number)
        case .byte(let number): Int64(number)
        case .short(let number): Int64(number)
        case .int(let number): Int64(number)
        case .long(let number), .timestamp(let number): number
        default: nil
        }
    }

    var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    var list: [AMQPValue]? {
        switch self {
        case .list(let values), .array(let values): values
        default: nil
        }
    }
    var map: AMQPMap? { if case .map(let map) = self { map } else { nil } }
    var bytes: [UInt8]? { if case .binary(let bytes) = self { bytes } else { nil } }
    var isNull: Bool { self == .null }

    /// The value as an identifier: a string unchanged, an integer in decimal, a UUID or bytes in hexadecimal; nil for
    /// null and other values.
    var identifier: String? {
        switch self {
        case .string(let text), .symbol(let text): text.isEmpty ? nil : text
        case .uuid(let bytes): Self.hexadecimal(bytes, groups: [4, 6, 8, 10])
        case .binary(let bytes): bytes.isEmpty ? nil : Self.hexadecimal(bytes, groups: [])
        case .ulong(let number): String(number)
        default: integer.map { String($0) }
        }
    }

    /// The nearest JSON value.
    var json: AnyValue {
        switch self {
        case .null: .null
        case .bool(let value): .bool(value)
        case .float(let number): .double(Double(number))
        case .double(let number): .double(number)
        case .ulong(let number): Int64(exactly: number).map { .integer($0) } ?? .double(Double(number))
        case .char(let code): .string(Unicode.Scalar(code).map { String($0) } ?? "")
        case .string(let text), .symbol(let text): .string(text)
        case .list(let values), .array(let values): .array(values.map(\.json))
        case .map(let map):
            .map(
                map.pairs.reduce(into: AnyValueMap()) { result, pair in
                    result[pair.key.identifier ?? ""] = pair.value.json
                })
        case .described(_, let value): value.json
        case .decimal(let bytes): .string(Self.hexadecimal(bytes, groups: []))
        case .uuid, .binary: .string(identifier ?? "")
        default: integer.map { .integer($0) } ?? .null
        }
    }

    // MARK: - Internal

    /// - Parameter groups: the indices of bytes that follow a hyphen.
    private static func hexadecimal(_ bytes: [UInt8], groups: Set<Int>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for (index, byte) in bytes.enumerated() {
            if groups.contains(index) { text.append(UInt8(ascii: "-")) }
            text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
        return String(decoding: text, as: UTF8.self)
    }
}

/// An AMQP 1.0 map, in wire order. Strings and symbols are equivalent as keys.
struct AMQPMap: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    struct Pair: Sendable, Hashable {
        var key: AMQPValue
        var value: AMQPValue
    }

    var pairs: [Pair] = []

    init() {}

    /// Creates a map whose keys are strings.
    init(dictionaryLiteral elements: (String, AMQPValue)...) {
        pairs = elements.map { Pair(key: .string($0), value: $1) }
    }

    /// Creates a map whose keys are symbols, for annotations.
    static func symbols(_ elements: KeyValuePairs<String, AMQPValue>) -> AMQPMap {
        var map = AMQPMap()
        map.pairs = elements.map { Pair(key: .symbol($0.key), value: $0.value) }
        return map
    }

    var isEmpty: Bool { pairs.isEmpty }

    /// The value of a key; nil if it is missing or null. Assigning nil removes it.
    subscript(_ key: String) -> AMQPValue? {
        get {
            pairs.first { $0.key.text.isSame(as: key) }.flatMap { $0.value.isNull ? nil : $0.value }
        }
        set {
            let index = pairs.firstIndex { $0.key.text.isSame(as: key) }
            switch (index, newValue) {
            case (let index?, let value?): pairs[index].value = value
            case (let index?, nil): pairs.remove(at: index)
            case (nil, let value?): pairs.append(Pair(key: .string(key), value: value))
            case (nil, nil): break
            }
        }
    }
}
