import FoundationEssentials

/// Parses JSON into dynamic values. Numbers stay exact, names keep their order, and nesting is limited.
struct JSONParser {
    /// The maximum nesting of arrays and objects.
    static let maxDepth = 128
    /// The limits with `onValue`: the number of values, and the bytes of a path. A path repeats all names above the
    /// value, so a short document can have very long paths.
    private static let maxCount = 100_000
    private static let maxPath = 1000

    /// Parses one JSON value.
    ///
    /// - Parameter onValue: receives the dotted path and the line of every value, for messages about configuration. The
    ///   number of values and the length of paths are then limited.
    /// - Throws: BadRequest `BAD_JSON` with the line and column. It does not quote the document, which may hold
    ///   secrets.
    static func parse(
        _ text: String, onValue: ((_ path: String, _ line: Int) -> Void)? = nil
    ) throws(ApplicationError) -> AnyValue {
        try parse(Array(text.utf8), onValue: onValue)
    }

    /// Parses one JSON value from UTF-8.
    static func parse(
        _ bytes: [UInt8], onValue: ((_ path: String, _ line: Int) -> Void)? = nil
    ) throws(ApplicationError) -> AnyValue {
        var parser = JSONParser(bytes: bytes, onValue: onValue)
        do throws(Failure) {
            return try parser.document()
        } catch {
            throw parser.describe(error)
        }
    }

    // MARK: - Internal

    private let bytes: [UInt8]
    private let onValue: ((String, Int) -> Void)?
    private var position = 0
    private var depth = 0
    /// The members of the objects being read. Each object takes its own when it ends, with exactly the memory that they
    /// need, because a body may hold very many small objects.
    private var names: [String] = []
    private var values: [AnyValue] = []
    private var path: [String] = []
    private var pathLength = 0
    private var count = 0
    private var line = 1
    private var lineCountedTo = 0

    private struct Failure: Error {
        let what: String
        let position: Int
    }

    private init(bytes: [UInt8], onValue: ((String, Int) -> Void)?) {
        self.bytes = bytes
        self.onValue = onValue
    }

    private func describe(_ failure: Failure) -> ApplicationError {
        let before = bytes[..<failure.position]
        let line = before.count { $0 == UInt8(ascii: "\n") } + 1
        let column = failure.position - (before.lastIndex(of: UInt8(ascii: "\n")) ?? -1)
        return .badRequest(
            code: "BAD_JSON", "Malformed JSON at line \(line), column \(column): \(failure.what)",
            details: ["line": .integer(Int64(line)), "column": .integer(Int64(column))])
    }

    private func failure(_ what: String) -> Failure { Failure(what: what, position: min(position, bytes.count)) }

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    private mutating func document() throws(Failure) -> AnyValue {
        if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { position = 3 }
        skipSpace()
        let value = try value()
        skipSpace()
        guard position == bytes.count else { throw failure("text after the end of the value") }
        return value
    }

    private mutating func value() throws(Failure) -> AnyValue {
        if onValue != nil { try report() }
        switch current {
        case UInt8(ascii: "{"): return .map(try object())
        case UInt8(ascii: "["): return .array(try array())
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case .some(UInt8(ascii: "-")), .some(UInt8(ascii: "0")...UInt8(ascii: "9")): return try number()
        case nil: throw failure("the text ends where a value is expected")
        default: throw failure("a value is expected")
        }
    }

    private mutating func report() throws(Failure) {
        count += 1
        guard count <= Self.maxCount else { throw failure("there are more than \(Self.maxCount) values") }
        for byte in bytes[lineCountedTo..<position] where byte == UInt8(ascii: "\n") { line += 1 }
        lineCountedTo = position
        onValue?(path.joined(separator: "."), line)
    }

    private mutating func descend(to name: String) throws(Failure) {
        path.append(name)
        pathLength += name.utf8.count + 1
        guard pathLength <= Self.maxPath else {
            throw failure("the path of a value is longer than \(Self.maxPath) bytes")
        }
    }

    private mutating func ascend() {
        if let name = path.popLast() { pathLength -= name.utf8.count + 1 }
    }

    private mutating func word(_ word: String, _ value: AnyValue) throws(Failure) -> AnyValue {
        guard bytes[position...].starts(with: word.utf8) else { throw failure("a value is expected") }
        position += word.utf8.count
        return value
    }

    private mutating func enter() throws(Failure) {
        depth += 1
        guard depth <= Self.maxDepth else { throw failure("nested more than \(Self.maxDepth) levels deep") }
        position += 1
        skipSpace()
    }

    private mutating func object() throws(Failure) -> AnyValueMap {
        try enter()
        if current == UInt8(ascii: "}") {
            position += 1
            depth -= 1
            return AnyValueMap()
        }
        let (firstName, firstValue) = (names.count, values.count)
        while true {
            guard current == UInt8(ascii: "\"") else { throw failure("a name in quotes is expected") }
            let name = try string()
            skipSpace()
            guard current == UInt8(ascii: ":") else { throw failure("a colon is expected after a name") }
            position += 1
            skipSpace()
            if onValue != nil { try descend(to: name) }
            names.append(name)
            values.append(try value())
            if onValue != nil { ascend() }
            guard try more(until: UInt8(ascii: "}")) else { break }
        }
        defer {
            names.removeSubrange(firstName...)
            values.removeSubrange(firstValue...)
        }
        return AnyValueMap(names: names[firstName...], values: values[firstValue...])
    }

    private mutating func array() throws(Failure) -> [AnyValue] {
        try enter()
        var values: [AnyValue] = []
        if current == UInt8(ascii: "]") {
            position += 1
            depth -= 1
            return values
        }
        while true {
            if onValue != nil { try descend(to: String(values.count)) }
            values.append(try value())
            if onValue != nil { ascend() }
            guard try more(until: UInt8(ascii: "]")) else { return values }
        }
    }

    /// After an element: true at a comma, false at the closing bracket.
    private mutating func more(until end: UInt8) throws(Failure) -> Bool {
        skipSpace()
        switch current {
        case UInt8(ascii: ","):
            position += 1
            skipSpace()
            return true
        case end:
            position += 1
            depth -= 1
            return false
        default: throw failure("a comma or a closing bracket is expected")
        }
    }

    private mutating func number() throws(Failure) -> AnyValue {
        let start = position
        var negative = false
        if current == UInt8(ascii: "-") {
            negative = true
            position += 1
        }
        var exact: Int64? = 0
        let firstDigit = position
        while let digit = current, (48...57).contains(digit) {
            if let value = exact {
                let (product, overflow) = value.multipliedReportingOverflow(by: 10)
                let step = negative ? -Int64(digit - 48) : Int64(digit - 48)
                let (sum, carried) = product.addingReportingOverflow(step)
                exact = overflow || carried ? nil : sum
            }
            position += 1
        }
        let digits = position - firstDigit
        guard digits > 0 else { throw failure("a digit is expected") }
        guard digits == 1 || bytes[firstDigit] != 48 else { throw failure("a number does not start with 0") }
        var isWhole = true
        if current == UInt8(ascii: ".") {
            isWhole = false
            position += 1
            let start = position
            try digitsOfPart()
            if let exact, let value = Self.fraction(exact, bytes[start..<position], negative: negative),
                current.map({ $0 | 0x20 != UInt8(ascii: "e") }) ?? true
            {
                return .double(value)
            }
        }
        if let byte = current, byte | 0x20 == UInt8(ascii: "e") {
            isWhole = false
            position += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
            try digitsOfPart()
        }
        if isWhole, let exact, !(negative && exact == 0) { return .integer(exact) }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        guard let value = Double(text), value.isFinite else { throw failure("a number is out of range") }
        // A double represents any 15 digits exactly.
        if !isWhole, position - start <= 15 || text == value.description { return .double(value) }
        if isWhole, exact == 0 { return .double(value) }
        guard let number = Decimal(exactText: text), Decimal(shortest: value) != number else { return .double(value) }
        return AnyValue(number)
    }

    /// A fast path for decimal fractions: if the digits and the power of ten are both exact doubles, their
    /// quotient is the nearest double. Nil for other numbers, which use a slower path.
    private static func fraction(_ whole: Int64, _ digits: ArraySlice<UInt8>, negative: Bool) -> Double? {
        guard digits.count <= 15, whole.magnitude < 1_000_000_000_000_000 else { return nil }
        var (number, power): (UInt64, UInt64) = (whole.magnitude, 1)
        for digit in digits {
            number = number * 10 + UInt64(digit - 48)
            power *= 10
            // With more digits, two numbers may share the nearest double.
            guard number < 1_000_000_000_000_000 else { return nil }
        }
        let value = Double(number) / Double(power)
        return negative ? -value : value
    }

    private mutating func digitsOfPart() throws(Failure) {
        let start = position
        while let digit = current, (48...57).contains(digit) { position += 1 }
        guard position > start else { throw failure("a digit is expected") }
    }

    private mutating func string() throws(Failure) -> String {
        position += 1
        let start = position
        var bits: UInt8 = 0
        while let byte = current {
            if byte == UInt8(ascii: "\"") {
                let text = try utf8(start..<position, isASCII: bits < 0x80)
                position += 1
                return text
            }
            if byte == UInt8(ascii: "\\") { return try escapedString(from: start) }
            guard byte >= 0x20 else { throw failure("a string contains a control character") }
            bits |= byte
            position += 1
        }
        throw failure("a string is not closed")
    }

    private func utf8(_ range: Range<Int>, isASCII: Bool = false) throws(Failure) -> String {
        // Validating UTF-8 would take longer than all other steps.
        if isASCII { return String(decoding: bytes[range], as: UTF8.self) }
        guard let text = String(validating: bytes[range], as: UTF8.self) else {
            throw failure("a string is not valid UTF-8")
        }
        return text
    }

    /// Returns the rest of a string after an escape was found.
    private mutating func escapedString(from start: Int) throws(Failure) -> String {
        var text = try utf8(start..<position)
        while let byte = current {
            if byte == UInt8(ascii: "\"") {
                position += 1
                return text
            }
            if byte == UInt8(ascii: "\\") {
                position += 1
                text.unicodeScalars.append(try escape())
                continue
            }
            let runStart = position
            while let byte = current, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
                guard byte >= 0x20 else { throw failure("a string contains a control character") }
                position += 1
            }
            text += try utf8(runStart..<position)
        }
        throw failure("a string is not closed")
    }

    private mutating func escape() throws(Failure) -> Unicode.Scalar {
        guard let byte = current else { throw failure("a string is not closed") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try unicodeEscape()
        default: throw failure("a string contains an unknown escape")
        }
    }

    private mutating func unicodeEscape() throws(Failure) -> Unicode.Scalar {
        let first = try hexadecimal()
        if let scalar = Unicode.Scalar(first) { return scalar }
        // Half of a surrogate pair. Other languages accept a lone half; a Swift string can't hold it.
        if (0xD800..<0xDC00).contains(first), position + 1 < bytes.count,
            bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u")
        {
            let mark = position
            position += 2
            let second = try hexadecimal()
            if (0xDC00..<0xE000).contains(second) {
                let value = 0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00)
                if let scalar = Unicode.Scalar(value) { return scalar }
            }
            position = mark
        }
        return "\u{FFFD}"
    }

    private mutating func hexadecimal() throws(Failure) -> UInt16 {
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = current, let digit = byte.hexDigitValue else {
                throw failure("four hexadecimal digits are expected")
            }
            value = value << 4 | UInt16(digit)
            position += 1
        }
        return value
    }
}
