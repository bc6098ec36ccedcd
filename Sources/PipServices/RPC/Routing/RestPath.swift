/// The normalized path of a request, used by interceptors, routes, authorizers and handlers: decoded, without empty
/// segments.
enum RestPath {
    /// The decoded segments. An escaped slash is part of its segment.
    static func parts(_ path: String) -> [String] {
        path.parts(separatedBy: "/", omittingEmpty: true).map { PercentCoding.decode($0) }
    }

    /// The path as a string. A slash inside a segment stays escaped, to distinguish it from a separator.
    static func normalized(_ path: String) -> String {
        if isNormal(path) { return path }
        return "/" + parts(path).map { $0.parts(separatedBy: "/").joined(separator: "%2F") }.joined(separator: "/")
    }

    /// False for a path with a NUL or with a segment `.` or `..`, escaped or not, also before an escaped slash: a
    /// handler could use it as a file name, and a proxy could resolve it to another path.
    static func isSafe(_ path: String) -> Bool {
        // Most paths have none of these.
        guard path.utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: ".") || $0 == 0 }) else {
            return true
        }
        let decoded = PercentCoding.decode(path)
        if decoded.utf8.contains(0) { return false }
        return !decoded.parts(separatedBy: "/").contains { $0.isSame(as: ".") || $0.isSame(as: "..") }
    }

    /// The normalized path, percent-encoded.
    static func encoded(_ normalized: String) -> String {
        normalized.parts(separatedBy: "/")
            .map { PercentCoding.encode($0.replacing(text: "%2F", with: "/")) }.joined(separator: "/")
    }

    // MARK: - Internal

    /// True for a path without escapes and empty segments, which most are.
    private static func isNormal(_ path: String) -> Bool {
        let slash = UInt8(ascii: "/")
        var last: UInt8?
        for byte in path.utf8 {
            if byte == UInt8(ascii: "%") || byte == slash && last == slash { return false }
            if last == nil, byte != slash { return false }
            last = byte
        }
        return last != slash || path.utf8.count == 1
    }
}
