import Foundation
import Testing

/// A Swift file for the architecture tests.
struct SourceFile {
    /// The path relative to the module's folder.
    let path: String
    /// The unchanged source.
    let text: String
    /// The source without comments and quoted strings.
    let code: String

    init(path: String, text: String) {
        self.path = path
        self.text = text
        code = Self.strip(text)
    }

    /// The folder of the file; each driver is a separate folder.
    var room: String {
        let parts = path.split(separator: "/").dropLast()
        return parts.first == "Drivers" ? parts.prefix(2).joined(separator: "/") : String(parts.first ?? "")
    }

    var identifiers: [String] {
        code.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init)
    }

    /// The identifiers of unsafe constructs in the file.
    var unsafeConstructs: Set<String> {
        Set(
            identifiers.filter { name in
                ["Unsafe", "unsafe", "withUnsafe", "_withUnsafe", "Unmanaged", "OpaquePointer"].contains {
                    name.hasPrefix($0)
                }
            })
    }

    /// The top-level types that other files can use.
    var declaredTypes: [String] {
        let kinds: Set<Substring> = ["class", "struct", "enum", "protocol", "actor", "typealias"]
        return code.split(separator: "\n").compactMap { line in
            let words = line.prefix { $0 != "{" && $0 != ":" && $0 != "<" && $0 != "=" }.split(separator: " ")
            guard !line.hasPrefix(" "), !words.contains("private"), !words.contains("fileprivate"),
                let kind = words.firstIndex(where: kinds.contains), kind + 1 < words.count
            else { return nil }
            return String(words[kind + 1])
        }
    }

    private static func strip(_ text: String) -> String {
        var code = ""
        var rest = text[...]
        while let character = rest.first {
            if rest.hasPrefix("//") {
                rest = rest.drop { $0 != "\n" }
            } else if rest.hasPrefix("/*") {
                rest = rest.range(of: "*/").map { rest[$0.upperBound...] } ?? ""
            } else if rest.hasPrefix("\"\"\"") {
                rest = rest.dropFirst(3)
                rest = rest.range(of: "\"\"\"").map { rest[$0.upperBound...] } ?? ""
            } else if character == "\"" {
                rest = rest.dropFirst()
                while let next = rest.first, next != "\"", next != "\n" { rest = rest.dropFirst(next == "\\" ? 2 : 1) }
                rest = rest.dropFirst()
                code += "\"\""
            } else {
                code.append(character)
                rest = rest.dropFirst()
            }
        }
        return code
    }
}

/// The sources of the module, located relative to this file.
enum SourceTree {
    /// Returns the files of the module, read once for all tests.
    static func module() throws -> [SourceFile] { try files.get() }

    private static let files: Result<[SourceFile], any Error> = Result { try read(#filePath) }

    private static func read(_ file: String) throws -> [SourceFile] {
        var root = URL(fileURLWithPath: file)
        for _ in 0..<4 { root.deleteLastPathComponent() }
        root.append(path: "Sources/PipServices")
        let paths = try #require(FileManager.default.subpaths(atPath: root.path)).filter { $0.hasSuffix(".swift") }
        return try paths.sorted().map {
            SourceFile(path: $0, text: try String(contentsOf: root.appending(path: $0), encoding: .utf8))
        }
    }
}
