/// The error for bytes that are not a valid AMQP 1.0 value.
struct AMQPCodecError: Error, Sendable, Equatable {
    let reason: String
}

/// Decodes AMQP 1.0 values from untrusted bytes.
///
/// The depth of a value and the number of its elements are limited, unlike in proton's own decoder.
struct AMQPDecoder {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    /// The maximum nesting of lists, maps, arrays and described values.
    static let maxDepth = 32
    /// The maximum number of zero-size elements in all arrays together, because nested arrays multiply them.
    static let maxEmptyElements = 10_000
    private var emptyLeft = AMQPDecoder.maxEmptyElements

    init(_ bytes: [UInt8]) { self.init(bytes[...]) }

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    var isAtEnd: Bool { position >= bytes.endIndex }

    /// Returns the next value.
    mutating func next(depth: Int = 0) throws(AMQPCodecError) -> AMQPValue {
        guard depth <= Self.maxDepth else {
            throw AMQPCodecError(reason: "a value is nested more than \(Self.maxDepth) times")
        }
        let code = try byte()
        guard code == 0 else { return try value(code, depth: depth) }
        let descriptor = try next(depth: depth + 1)
        return .described(descriptor: descriptor, try next(depth: depth + 1))
    }

    /// Returns the code of a message's next section, whose descriptor must be a number. The section's value follows.
    mutating func sectionCode() throws(AMQPCodecError) -> UInt64 {
        guard try byte() == 0 else { throw AMQPCodecError(reason: "a section has no descriptor") }
        switch try next(depth: 1) {
        case .ulong(let code): return code
        case .symbol(let name):
            guard let code = Self.sections[ScalarText(name)] else {
                throw AMQPCodecError(reason: "the section '\(name.shortened)' is unknown")
            }
            return code
        default: throw AMQPCodecError(reason: "the descriptor of a section is not a number")
        }
    }

    // MARK: - Internal

    private static let sections: [ScalarText: UInt64] = [
        "amqp:header:list": 0x70, "amqp:delivery-annotations:map": 0x71, "amqp:message-annotations:map": 0x72,
        "amqp:properties:list": 0x73, "amqp:application-properties:map": 0x74, "amqp:data:binary": 0x75,
        "amqp:amqp-sequence:list": 0x76, "amqp:amqp-value:*": 0x77, "amqp:footer:map": 0x78,
    ]

    private mutating func value(_ code: UInt8, depth: Int) throws(AMQPCodecError) -> AMQPValue {
        switch code {
        case 0x40: return .null
        case 0x41: return .bool(true)
        case 0x42: return .bool(false)
        case 0x43: return .uint(0)
        case 0x44: return .ulong(0)
        case 0x45: return .list([])
        case 0x50: return .ubyte(try byte())
        case 0x51: return .byte(Int8(bitPattern: try byte()))
        case 0x52: return .uint(UInt32(try byte()))
        case 0x53: return .ulong(UInt64(try byte()))
        case 0x54: return .int(Int32(Int8(bitPattern: try byte())))
        case 0x55: return .long(Int64(Int8(bitPattern: try byte())))
        case 0x56: return .bool(try byte() != 0)
        case 0x60: return .ushort(try number())
        case 0x61: return .short(try number())
        case 0x70: return .uint(try number())
        case 0x71: return .int(try number())
        case 0x72: return .float(Float(bitPattern: try number()))
        case 0x73: return .char(try number())
        case 0x74: return .decimal(Array(try take(4)))
        case 0x80: return .ulong(try number())
        case 0x81: return .long(try number())
        case 0x82: return .double(Double(bitPattern: try number()))
        case 0x83: return .timestamp(try number())
        case 0x84: return .decimal(Array(try take(8)))
        case 0x94: return .decimal(Array(try take(16)))
        case 0x98: return .uuid(Array(try take(16)))
        case 0xA0, 0xB0: return .binary(Array(try take(try size(isWide: code == 0xB0))))
        case 0xA1, 0xB1: return .string(String(decoding: try take(try size(isWide: code == 0xB1)), as: UTF8.self))
        case 0xA3, 0xB3: return .symbol(String(decoding: try take(try size(isWide: code == 0xB3)), as: UTF8.self))
        case 0xC0, 0xD0:
            let (part, count) = try compound(isWide: code == 0xD0)
            var inner = part
            defer { emptyLeft = inner.emptyLeft }
            return .list(try inner.elements(count, depth: depth))
        case 0xC1, 0xD1:
            let (part, count) = try compound(isWide: code == 0xD1)
            var inner = part
            defer { emptyLeft = inner.emptyLeft }
            guard count.isMultiple(of: 2) else { throw AMQPCodecError(reason: "a map has a key without a value") }
            let values = try inner.elements(count, depth: depth)
            var map = AMQPMap()
            map.pairs = stride(from: 0, to: values.count, by: 2).map {
                AMQPMap.Pair(key: values[$0], value: values[$0 + 1])
            }
            return .map(map)
        case 0xE0, 0xF0:
            let (part, count) = try compound(isWide: code == 0xF0)
            var inner = part
            defer { emptyLeft = inner.emptyLeft }
            return .array(try inner.array(count, depth: depth))
        default: throw AMQPCodecError(reason: "the type \(String(code, radix: 16)) is unknown")
        }
    }

    private mutating func elements(_ count: Int, depth: Int) throws(AMQPCodecError) -> [AMQPValue] {
        // Each element has at least one byte.
        guard count <= bytes.endIndex - position else { throw Self.truncated }
        var values: [AMQPValue] = []
        values.reserveCapacity(min(count, 64))
        for _ in 0..<count { values.append(try next(depth: depth + 1)) }
        return values
    }

    private mutating func array(_ count: Int, depth: Int) throws(AMQPCodecError) -> [AMQPValue] {
        guard depth < Self.maxDepth else {
            throw AMQPCodecError(reason: "a value is nested more than \(Self.maxDepth) times")
        }
        var (descriptor, code) = (AMQPValue?.none, try byte())
        if code == 0 {
            descriptor = try next(depth: depth + 1)
            code = try byte()
        }
        let isEmpty = (0x40...0x45).contains(code)
        guard count <= (isEmpty ? emptyLeft : bytes.endIndex - position) else { throw Self.truncated }
        if isEmpty { emptyLeft -= count }
        var values: [AMQPValue] = []
        values.reserveCapacity(min(count, 64))
        for _ in 0..<count {
            let element = try value(code, depth: depth + 1)
            values.append(descriptor.map { .described(descriptor: $0, element) } ?? element)
        }
        return values
    }

    /// Returns a decoder for the bytes of a list, a map or an array, and the number of its elements.
    private mutating func compound(isWide: Bool) throws(AMQPCodecError) -> (AMQPDecoder, Int) {
        var inner = AMQPDecoder(try take(try size(isWide: isWide)))
        inner.emptyLeft = emptyLeft
        let count = try inner.size(isWide: isWide)
        return (inner, count)
    }

    private mutating func size(isWide: Bool) throws(AMQPCodecError) -> Int {
        guard isWide else { return Int(try byte()) }
        let size: UInt32 = try number()
        return Int(size)
    }

    private static let truncated = AMQPCodecError(reason: "it ends too early")

    private mutating func byte() throws(AMQPCodecError) -> UInt8 {
        guard position < bytes.endIndex else { throw Self.truncated }
        defer { position += 1 }
        return bytes[position]
    }

    private mutating func take(_ count: Int) throws(AMQPCodecError) -> ArraySlice<UInt8> {
        guard count <= bytes.endIndex - position else { throw Self.truncated }
        defer { position += count }
        return bytes[position..<position + count]
    }

    private mutating func number<Number: FixedWidthInteger>() throws(AMQPCodecError) -> Number {
        var number: Number = 0
        for byte in try take(Number.bitWidth / 8) { number = number << 8 | Number(truncatingIfNeeded: byte) }
        return number
    }
}
