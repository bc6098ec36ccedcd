// MARK: - Internal

/// Byte-wise access to header fields, which calls read several times.
extension HeaderFields {
    /// Returns the value of a field, ignoring the case of its name; nil if it is missing.
    ///
    /// Multiple fields are joined according to RFC 9110, section 5.2, and those of `Cookie` according to RFC 9113,
    /// section 8.2.3. `Set-Cookie` cannot be joined: its first value is returned.
    static func value(_ name: String, in fields: [(name: String, value: String)]) -> String? {
        var joined: String?
        for field in fields where isSame(field.name, name) {
            guard let before = joined else {
                joined = field.value
                if isSame(name, "set-cookie") { break }
                continue
            }
            joined = before + (isSame(name, "cookie") ? "; " : ", ") + field.value
        }
        return joined
    }

    /// Compares two names ignoring case. Names are ASCII.
    static func isSame(_ first: String, _ second: String) -> Bool {
        first.utf8.count == second.utf8.count && first.isSame(ignoringCase: second)
    }

    /// Parses header lines into names and values without surrounding spaces. Lines without a colon are skipped.
    static func fields(_ lines: [UInt8]) -> [(name: String, value: String)] {
        lines.split(separator: UInt8(ascii: "\n")).compactMap { line in
            line.firstIndex(of: UInt8(ascii: ":")).map { (text(line[..<$0]), text(line[($0 + 1)...])) }
        }
    }

    /// True for a name that HTTP allows.
    static func isToken(_ name: String) -> Bool { !name.isEmpty && allBytes(of: name, isTokenByte) }

    /// True if all bytes of a string satisfy a predicate. Faster than iterating over the string.
    @inline(__always)
    static func allBytes(of text: String, _ isFine: (UInt8) -> Bool) -> Bool {
        text.utf8.withContiguousStorageIfAvailable { $0.allSatisfy(isFine) } ?? text.utf8.allSatisfy(isFine)
    }

    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    // MARK: - Internal

    /// The bytes as a string, without surrounding spaces and line ends.
    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        guard let first = bytes.firstIndex(where: { !isBlank($0) }), let last = bytes.lastIndex(where: { !isBlank($0) })
        else { return "" }
        return String(decoding: bytes[first...last], as: UTF8.self)
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
            UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
            UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "^"), UInt8(ascii: "`"),
            UInt8(ascii: "|"), UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
