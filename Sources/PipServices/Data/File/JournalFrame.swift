/// One line of a journal. It is written and synced as a unit.
///
/// A line consists of a ``Checksum``, a space, an increasing number, a space, JSON, and a line feed, which JSON never
/// contains. The checksum covers everything between it and the line feed. The JSON is either a list of ``ItemChange``s
/// or a ``JournalBase``.
struct JournalFrame {
    /// The number of the line.
    let number: Int64
    /// The range of the line in the journal.
    let range: Range<Int>
    /// The range of its JSON in the journal.
    let payload: Range<Int>

    /// Encodes a frame as a line.
    static func line(_ number: Int64, _ payload: [UInt8]) -> [UInt8] {
        var text = Array("\(number) ".utf8)
        text.append(contentsOf: payload)
        var line = Array(Checksum(text).text.utf8)
        line.reserveCapacity(line.count + text.count + 2)
        line.append(UInt8(ascii: " "))
        line.append(contentsOf: text)
        line.append(newline)
        return line
    }

    /// Parses the line that starts at an offset; nil if it is incomplete or damaged.
    static func read(_ bytes: [UInt8], at start: Int) -> JournalFrame? {
        guard let end = endOfLine(bytes, from: start) else { return nil }
        let text = start + 17
        guard text < end, bytes[text - 1] == UInt8(ascii: " ") else { return nil }
        let covered = bytes[text..<end]
        guard bytes[start..<text - 1].elementsEqual(Checksum(covered).text.utf8),
            let blank = covered.firstIndex(of: UInt8(ascii: " ")),
            let number = Int64(String(decoding: covered[..<blank], as: UTF8.self))
        else { return nil }
        return JournalFrame(number: number, range: start..<end + 1, payload: blank + 1..<end)
    }

    /// Returns the offset of the line feed that ends a line, or nil.
    static func endOfLine(_ bytes: [UInt8], from start: Int) -> Int? {
        start < bytes.count ? bytes[start...].firstIndex(of: newline) : nil
    }

    private static let newline = UInt8(ascii: "\n")
}
