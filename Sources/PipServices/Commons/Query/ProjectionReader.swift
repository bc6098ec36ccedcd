/// Reads the text form of projections, in one pass.
///
/// Brackets and commas count from the start of an item: a closing bracket too many makes the rest of an item, up to an
/// opening bracket that makes up for it, part of a name, as in all editions.
struct ProjectionReader {
    private static let maximumDepth = 100

    private let text: [UInt8]
    /// Where the bracket closes that opens at an index, if it does.
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

    /// Reads what is between two brackets, or the whole text.
    private mutating func items(_ range: Range<Int>, prefix: [UInt8], depth: Int) throws(ApplicationError) {
        guard depth <= Self.maximumDepth else {
            throw .badRequest(code: "TOO_DEEP", "A projection is nested more than \(Self.maximumDepth) levels deep")
        }
        var end = range.upperBound
        while end > range.lowerBound, isBlank(text[end - 1]) { end -= 1 }
        var start = range.lowerBound
        while let next = try item(from: start, to: end, prefix: prefix, depth: depth) { start = next }
    }

    /// Reads one item and tells where the next one starts; nil behind the last.
    private mutating func item(
        from lower: Int, to end: Int, prefix: [UInt8], depth: Int
    ) throws(ApplicationError) -> Int? {
        var start = lower
        while start < end, isBlank(text[start]) { start += 1 }
        // Below zero behind closing brackets that nothing opened.
        var level = 0
        for index in start..<end {
            switch text[index] {
            case UInt8(ascii: "(") where level == 0:
                // Without an end, the rest says nothing.
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

    /// A path, which is paid for when it is made: the prefixes of empty brackets cost as much as others.
    private mutating func path(_ prefix: [UInt8], _ name: ArraySlice<UInt8>) throws(ApplicationError) -> [UInt8] {
        room -= prefix.count + name.count
        guard room >= 0 else { throw Self.tooLarge }
        return prefix.isEmpty ? Array(name) : prefix + [UInt8(ascii: ".")] + name
    }

    private mutating func add(_ path: [UInt8]) { fields.append(String(decoding: path, as: UTF8.self)) }

    private static var tooLarge: ApplicationError {
        .badRequest(code: "TOO_LARGE", "The paths of a projection are too long together: repeat less of their prefixes")
    }

    private func isBlank(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
}
