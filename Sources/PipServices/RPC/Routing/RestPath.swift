/// The path of a request as interceptors, routes, authorizers and handlers see it: decoded, without empty segments.
enum RestPath {
    /// The segments, each decoded once. A slash that was escaped is part of its segment.
    static func parts(_ path: String) -> [String] {
        path.parts(separatedBy: "/", omittingEmpty: true).map { PercentCoding.decode($0) }
    }

    /// The path as text. A slash inside a segment stays escaped, so that it does not look like the end of the segment.
    static func normalized(_ path: String) -> String {
        if isNormal(path) { return path }
        return "/" + parts(path).map { $0.parts(separatedBy: "/").joined(separator: "%2F") }.joined(separator: "/")
    }

    /// False for a path with a NUL or with a segment `.` or `..`, escaped or not, also where an escaped slash ends the
    /// segment: a handler could make a file name of it, and a proxy could resolve it to another path.
    static func isSafe(_ path: String) -> Bool {
        // Most paths have none of these.
        guard path.utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: ".") || $0 == 0 }) else {
            return true
        }
        let decoded = PercentCoding.decode(path)
        if decoded.utf8.contains(0) { return false }
        return !decoded.parts(separatedBy: "/").contains { $0.isSame(as: ".") || $0.isSame(as: "..") }
    }

    /// The normalized path as it stands in a URL.
    static func encoded(_ normalized: String) -> String {
        normalized.parts(separatedBy: "/")
            .map { PercentCoding.encode($0.replacing(text: "%2F", with: "/")) }.joined(separator: "/")
    }

    // MARK: - Internal

    /// True for most paths: no escapes, and no empty segments.
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
