/// How names and paths are taken apart, the same for reading and writing.
enum PropertyPath {
    /// How deep paths reach, and how deep values are taken apart.
    static let maxDepth = 100

    /// Where a list of leaves stops to go deeper: its paths repeat the names above them, so that a long name over many
    /// leaves would cost far more than the value itself.
    static let maxLength = 1000

    static func split(_ path: String) -> [String] {
        path.parts(separatedBy: ".").map(String.init)
    }

    /// The index that a name stands for in a list; nil when it is none.
    static func index(_ name: String) -> Int? {
        name.utf8.allSatisfy { (48...57).contains($0) } ? Int(name) : nil
    }

    /// The parts of a path that is written to.
    static func parts(_ path: String) throws(ApplicationError) -> [String] {
        let dots = path.utf8.lazy.filter { $0 == UInt8(ascii: ".") }.prefix(maxDepth).count
        guard dots < maxDepth else {
            throw .badRequest(code: "TOO_DEEP", "A path has more than \(maxDepth) parts")
        }
        return split(path)
    }
}
