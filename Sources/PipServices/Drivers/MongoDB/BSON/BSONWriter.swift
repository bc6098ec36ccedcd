import FoundationEssentials

/// Writes BSON.
///
/// The first problem is stored in ``fault``, which callers must check before they use the bytes; later output is
/// meaningless.
struct BSONWriter: Sendable {
    private(set) var bytes: [UInt8] = []
    private(set) var fault: BSONFault?

    /// Starts a document or a list.
    /// - Returns: its position, for ``end(_:)``.
    mutating func begin() -> Int {
        let start = bytes.count
        append(Int32(0))
        return start
    }

    /// Ends the document or list at a position.
    mutating func end(_ start: Int) {
        bytes.append(0)
        let count = bytes.count - start
        guard count <= Int(Int32.max) else { return fail(.size(count)) }
        for place in 0..<4 { bytes[start + place] = UInt8(truncatingIfNeeded: count >> (8 * place)) }
    }

    /// Starts an element; its value follows.
    mutating func element(_ type: BSONType, _ name: String) {
        bytes.append(type.rawValue)
        for byte in name.utf8 {
            if byte == 0 { return fail(.name(name)) }
            bytes.append(byte)
        }
        bytes.append(0)
    }

    /// Starts an element of a document to be stored.
    mutating func storedElement(_ type: BSONType, _ name: String) {
        bytes.append(type.rawValue)
        var isFirst = true
        for byte in name.utf8 {
            if byte == 0 || byte == UInt8(ascii: ".") || isFirst && byte == UInt8(ascii: "$") {
                return fail(.name(name))
            }
            isFirst = false
            bytes.append(byte)
        }
        bytes.append(0)
    }

    /// Starts an element of a list.
    mutating func element(_ type: BSONType, _ index: Int) {
        bytes.append(type.rawValue)
        if index < 10 {
            bytes.append(UInt8(48 + index))
        } else {
            bytes.append(contentsOf: String(index).utf8)
        }
        bytes.append(0)
    }

    /// Changes the type of a started element.
    mutating func setType(_ type: BSONType, at position: Int) { bytes[position] = type.rawValue }

    mutating func append(_ value: Int32) {
        let value = UInt32(bitPattern: value)
        for place in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(8 * place))) }
    }

    mutating func append(_ value: Int64) { append(UInt64(bitPattern: value)) }

    mutating func append(_ value: UInt64) {
        for place in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * place))) }
    }

    mutating func append(_ value: Double) { append(value.bitPattern) }
    mutating func append(_ value: Bool) { bytes.append(value ? 1 : 0) }

    mutating func append(_ text: String) {
        append(Int32(truncatingIfNeeded: text.utf8.count + 1))
        bytes.append(contentsOf: text.utf8)
        bytes.append(0)
    }

    mutating func append(_ date: Date) { append(ISODate.milliseconds(date)) }

    /// Appends an encoded value.
    mutating func append(bytes other: [UInt8]) { bytes.append(contentsOf: other) }

    /// Removes the output after a position.
    mutating func cut(at position: Int) { bytes.removeSubrange(position...) }

    mutating func insert(_ other: [UInt8], at position: Int) { bytes.insert(contentsOf: other, at: position) }

    mutating func fail(_ fault: BSONFault) { if self.fault == nil { self.fault = fault } }

    /// Appends the value of the element that starts at `position`, and sets its type.
    /// - Parameters:
    ///   - isStored: whether names and numbers must be valid for storage.
    ///   - depth: the nesting depth of the value.
    mutating func append(_ value: AnyValue, at position: Int, isStored: Bool, depth: Int = 1) {
        switch value {
        case .null: setType(.null, at: position)
        case .bool(let value):
            setType(.bool, at: position)
            append(value)
        case .integer(let value): append(value, at: position)
        case .double(let value):
            setType(.double, at: position)
            if isStored, !value.isFinite { fail(.number(value)) }
            append(value)
        case .decimal(let value):
            setType(.decimal128, at: position)
            guard let number = Decimal128(value) else {
                return fail(
                    BSONFault(
                        kind: .value,
                        reason: "The number \(value) has more than the 34 digits that MongoDB can hold"))
            }
            append(number.low)
            append(number.high)
        case .string(let value):
            setType(.string, at: position)
            append(value)
        case .date(let value):
            setType(.date, at: position)
            append(value)
        case .array(let values):
            setType(.array, at: position)
            guard depth < BSONLimits.depth else { return fail(.depth) }
            let start = begin()
            for (index, value) in values.enumerated() {
                let position = bytes.count
                element(.null, index)
                append(value, at: position, isStored: isStored, depth: depth + 1)
            }
            end(start)
        case .map(let map):
            setType(.document, at: position)
            append(map, isStored: isStored, depth: depth)
        }
    }

    mutating func append(_ map: AnyValueMap, isStored: Bool, depth: Int = 0) {
        guard depth < BSONLimits.depth else { return fail(.depth) }
        let start = begin()
        for (name, value) in map {
            let position = bytes.count
            if isStored { storedElement(.null, name) } else { element(.null, name) }
            append(value, at: position, isStored: isStored, depth: depth + 1)
        }
        end(start)
    }

    /// Appends an integer, in 32 bits if possible, as the other editions do.
    mutating func append(_ value: Int64, at position: Int) {
        if let small = Int32(exactly: value) {
            setType(.int32, at: position)
            append(small)
        } else {
            setType(.int64, at: position)
            append(value)
        }
    }
}

extension BSONFault {
    static func number(_ value: Double) -> BSONFault {
        BSONFault(kind: .value, reason: "The number \(value) cannot be stored; expected a finite one")
    }
}
