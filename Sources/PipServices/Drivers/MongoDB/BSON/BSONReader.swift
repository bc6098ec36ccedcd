import FoundationEssentials

/// A BSON element: its type and the position of its value.
struct BSONElement: Sendable {
    let type: BSONType
    let name: Range<Int>
    let value: Range<Int>
}

/// Reads untrusted BSON: lengths are checked, and damaged data cause a fault.
struct BSONReader: Sendable {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The elements of a document or list in a range of the bytes.
    func elements(in range: Range<Int>) throws(BSONFault) -> [BSONElement] {
        guard range.count >= 5, Int(int32(at: range.lowerBound)) == range.count, bytes[range.upperBound - 1] == 0 else {
            throw .damaged("a document has a wrong length")
        }
        var elements: [BSONElement] = []
        elements.reserveCapacity(min(range.count / 16, 64))
        let end = range.upperBound - 1
        var position = range.lowerBound + 4
        while position < end {
            guard let type = BSONType(rawValue: bytes[position]) else {
                throw .damaged("there is no type \(bytes[position])")
            }
            position += 1
            let start = position
            position = try textEnd(from: position, before: end)
            let name = start..<position
            position += 1
            let count = try valueCount(type, at: position, before: end)
            guard count <= end - position else { throw .damaged("a value exceeds its document") }
            elements.append(BSONElement(type: type, name: name, value: position..<position + count))
            position += count
        }
        return elements
    }

    /// The elements of the whole document.
    func elements() throws(BSONFault) -> [BSONElement] { try elements(in: bytes.indices) }

    /// True if an element has a name.
    func isNamed(_ element: BSONElement, _ name: String) -> Bool {
        let range = element.name
        guard name.utf8.count == range.count else { return false }
        var position = range.lowerBound
        for byte in name.utf8 {
            if bytes[position] != byte { return false }
            position += 1
        }
        return true
    }

    func name(of element: BSONElement) throws(BSONFault) -> String { try text(element.name) }

    func int32(at position: Int) -> Int32 {
        Int32(
            bitPattern: UInt32(bytes[position]) | UInt32(bytes[position + 1]) << 8 | UInt32(bytes[position + 2]) << 16
                | UInt32(bytes[position + 3]) << 24)
    }

    func uint64(at position: Int) -> UInt64 {
        var value: UInt64 = 0
        for place in 0..<8 { value |= UInt64(bytes[position + place]) << UInt64(8 * place) }
        return value
    }

    func int64(at position: Int) -> Int64 { Int64(bitPattern: uint64(at: position)) }
    func double(at position: Int) -> Double { Double(bitPattern: uint64(at: position)) }

    func date(at position: Int) -> Date { Date(timeIntervalSince1970: Double(int64(at: position)) / 1000) }

    /// The string of a string, symbol or code value.
    func string(_ value: Range<Int>) throws(BSONFault) -> String {
        try text(value.lowerBound + 4..<value.upperBound - 1)
    }

    func objectID(_ value: Range<Int>) -> ObjectID { ObjectID(bytes: Array(bytes[value])) }

    func binary(_ value: Range<Int>) throws(BSONFault) -> BSONBinary {
        let subtype = bytes[value.lowerBound + 4]
        var start = value.lowerBound + 5
        // An old subtype repeats the length.
        if subtype == 2 {
            guard value.upperBound - start >= 4, Int(int32(at: start)) == value.upperBound - start - 4 else {
                throw .damaged("a binary value has a wrong length")
            }
            start += 4
        }
        return BSONBinary(Data(bytes[start..<value.upperBound]), subtype: subtype)
    }

    func decimal(at position: Int) -> Decimal128 {
        Decimal128(low: uint64(at: position), high: uint64(at: position + 8))
    }

    /// Converts an element to a dynamic value. BSON-specific types become the closest type: an ObjectId its digits,
    /// binary data Base64, a timestamp its number, a regular expression its pattern.
    func value(_ element: BSONElement, depth: Int = 1) throws(BSONFault) -> AnyValue {
        let range = element.value
        switch element.type {
        case .null, .undefined, .minKey, .maxKey, .pointer: return .null
        case .bool: return .bool(bytes[range.lowerBound] != 0)
        case .int32: return .integer(Int64(int32(at: range.lowerBound)))
        case .int64, .timestamp: return .integer(int64(at: range.lowerBound))
        case .double: return .double(double(at: range.lowerBound))
        case .decimal128: return decimal(at: range.lowerBound).value
        case .string, .symbol, .code: return .string(try string(range))
        case .date: return .date(date(at: range.lowerBound))
        case .objectID: return .string(objectID(range).description)
        case .binary:
            let binary = try binary(range)
            return binary.uuid.map(ValueForm.of) ?? ValueForm.of(binary.data)
        case .regex:
            return .string(try text(range.lowerBound..<textEnd(from: range.lowerBound, before: range.upperBound)))
        case .codeWithScope:
            let count = Int(int32(at: range.lowerBound + 4))
            guard count > 0, count <= range.count - 8 else { throw .damaged("a script has a wrong length") }
            return .string(try string(range.lowerBound + 4..<range.lowerBound + 8 + count))
        case .array:
            guard depth < 2 * BSONLimits.depth else { throw .damaged("it is nested too deeply") }
            var values: [AnyValue] = []
            for element in try elements(in: range) { values.append(try value(element, depth: depth + 1)) }
            return .array(values)
        case .document:
            guard depth < 2 * BSONLimits.depth else { throw .damaged("it is nested too deeply") }
            return .map(try map(in: range, depth: depth + 1))
        }
    }

    func map(in range: Range<Int>, depth: Int = 1) throws(BSONFault) -> AnyValueMap {
        var map = AnyValueMap()
        for element in try elements(in: range) {
            map.put(try name(of: element), try value(element, depth: depth))
        }
        return map
    }

    // MARK: - Internal

    private func text(_ range: Range<Int>) throws(BSONFault) -> String {
        guard let text = String(validating: bytes[range], as: UTF8.self) else {
            throw .damaged("a string is not valid UTF-8")
        }
        return text
    }

    /// The position of the NUL that terminates a string.
    private func textEnd(from position: Int, before end: Int) throws(BSONFault) -> Int {
        var position = position
        while position < end {
            if bytes[position] == 0 { return position }
            position += 1
        }
        throw .damaged("a name is not terminated")
    }

    private func valueCount(_ type: BSONType, at position: Int, before end: Int) throws(BSONFault) -> Int {
        switch type {
        case .null, .undefined, .minKey, .maxKey: return 0
        case .bool: return 1
        case .int32: return 4
        case .double, .date, .timestamp, .int64: return 8
        case .objectID: return 12
        case .decimal128: return 16
        case .string, .symbol, .code: return try prefixed(at: position, before: end, least: 1, more: 4, isText: true)
        case .binary: return try prefixed(at: position, before: end, least: 0, more: 5)
        case .document, .array: return try prefixed(at: position, before: end, least: 5, more: 0)
        case .codeWithScope: return try prefixed(at: position, before: end, least: 14, more: 0)
        case .pointer: return try prefixed(at: position, before: end, least: 1, more: 16)
        case .regex:
            let options = try textEnd(from: position, before: end) + 1
            return try textEnd(from: options, before: end) + 1 - position
        }
    }

    private func prefixed(
        at position: Int, before end: Int, least: Int, more: Int, isText: Bool = false
    ) throws(BSONFault) -> Int {
        guard end - position >= 4 else { throw .damaged("a value has no length") }
        let count = Int(int32(at: position))
        guard count >= least, count <= end - position - more else { throw .damaged("a value has a wrong length") }
        if isText, bytes[position + 3 + count] != 0 { throw .damaged("a string is not terminated") }
        return count + more
    }
}
