/// One line of a journal: what is written and synced together, whole or not at all.
///
/// A line is a ``Checksum``, a blank, a number that counts up, a blank, JSON, and a line feed, which JSON never holds.
/// The checksum covers what stands between it and the line feed. The JSON is either a list of ``ItemChange``s or
/// names a state of the data file, see ``JournalBase``.
struct JournalFrame {
    /// The number.
    let number: Int64
    /// Where the line stands in the journal.
    let range: Range<Int>
    /// Where its JSON stands in the journal.
    let payload: Range<Int>

    /// The line of a frame.
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

    /// Reads the line that starts at an offset; nil if it is incomplete or damaged.
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

    /// The offset of the line feed that ends a line; nil if there is none.
    static func endOfLine(_ bytes: [UInt8], from start: Int) -> Int? {
        start < bytes.count ? bytes[start...].firstIndex(of: newline) : nil
    }

    private static let newline = UInt8(ascii: "\n")
}
