/// Parses the string form of projections in one pass.
///
/// Brackets and commas are counted from the start of an item. After a surplus closing bracket, the rest of the item
/// belongs to its name, up to an opening bracket that balances it, as in all editions.
struct ProjectionReader {
    private static let maximumDepth = 100

    private let text: [UInt8]
    /// The index of the closing bracket for each opening bracket that is closed.
    private var closings: [Int: Int] = [:]
    private var fields: [String] = []
    private var room: Int

    init(_ text: String) {
        self.text = Array(text.utf8)
        room = 65_536 + 16 * self.text.count
        var open: [Int] = []
        for (index, byte) in self.text.enumerated() {
            if byte == UInt8(ascii: "(") {
                open.append(index)
            } else if byte == UInt8(ascii: ")"), let start = open.popLast() {
                closings[start] = index
            }
        }
    }

    mutating func read() throws(ApplicationError) -> [String] {
        try items(0..<text.count, prefix: [], depth: 0)
        return fields
    }

    // MARK: - Internal

    /// Reads the content of a pair of brackets, or the whole string.
    private mutating func items(_ range: Range<Int>, prefix: [UInt8], depth: Int) throws(ApplicationError) {
        guard depth <= Self.maximumDepth else {
            throw .badRequest(code: "TOO_DEEP", "A projection is nested more than \(Self.maximumDepth) levels deep")
        }
        var end = range.upperBound
        while end > range.lowerBound, isBlank(text[end - 1]) { end -= 1 }
        var start = range.lowerBound
        while let next = try item(from: start, to: end, prefix: prefix, depth: depth) { start = next }
    }

    /// Reads one item and returns the start of the next one; nil after the last.
    private mutating func item(
        from lower: Int, to end: Int, prefix: [UInt8], depth: Int
    ) throws(ApplicationError) -> Int? {
        var start = lower
        while start < end, isBlank(text[start]) { start += 1 }
        // Negative after surplus closing brackets.
        var level = 0
        for index in start..<end {
            switch text[index] {
            case UInt8(ascii: "(") where level == 0:
                // An unclosed bracket: the rest is ignored.
                guard let closing = closings[index], closing < end else { return nil }
                let inner = try path(prefix, text[start..<index])
                try items(index + 1..<closing, prefix: inner, depth: depth + 1)
                return closing + 1
            case UInt8(ascii: "("): level += 1
            case UInt8(ascii: ")"): level -= 1
            case UInt8(ascii: ",") where level == 0:
                if index > start { add(try path(prefix, text[start..<index])) }
                return index + 1
            default: break
            }
        }
        if start < end { add(try path(prefix, text[start..<end])) }
        return nil
    }

    /// Adds a path and counts its size towards the limit, even for the prefixes of empty brackets.
    private mutating func path(_ prefix: [UInt8], _ name: ArraySlice<UInt8>) throws(ApplicationError) -> [UInt8] {
        room -= prefix.count + name.count
        guard room >= 0 else { throw Self.tooLarge }
        return prefix.isEmpty ? Array(name) : prefix + [UInt8(ascii: ".")] + name
    }

    private mutating func add(_ path: [UInt8]) { fields.append(String(decoding: path, as: UTF8.self)) }

    private static var tooLarge: ApplicationError {
        .badRequest(code: "TOO_LARGE", "The paths of a projection are too long in total; shorten repeated prefixes")
    }

    private func isBlank(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
}
