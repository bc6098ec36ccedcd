/// Parses property names and paths, for readers and writers alike.
enum PropertyPath {
    /// The maximum depth of paths and of converted values.
    static let maxDepth = 100

    /// The path length beyond which a value is listed as a leaf. Paths repeat the names above them, so a long name
    /// above many leaves would use far more memory than the value itself.
    static let maxLength = 1000

    static func split(_ path: String) -> [String] {
        path.parts(separatedBy: ".").map(String.init)
    }

    /// Returns the list index that a name represents, or nil.
    static func index(_ name: String) -> Int? {
        name.utf8.allSatisfy { (48...57).contains($0) } ? Int(name) : nil
    }

    /// Returns the parts of a path to write to.
    static func parts(_ path: String) throws(ApplicationError) -> [String] {
        let dots = path.utf8.lazy.filter { $0 == UInt8(ascii: ".") }.prefix(maxDepth).count
        guard dots < maxDepth else {
            throw .badRequest(code: "TOO_DEEP", "A path has more than \(maxDepth) parts")
        }
        return split(path)
    }
}
