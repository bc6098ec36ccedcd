import Foundation

/// What the build has made, and the package it was made from.
enum Built {
    /// The package's folder.
    static let root: URL = {
        var folder = URL(filePath: #filePath)
        for _ in 0..<4 { folder.deleteLastPathComponent() }
        return folder
    }()

    /// A file of the package.
    static func source(_ path: String) -> URL { root.appending(path: path) }

    /// An executable of the package. It stands beside the tests, wherever those were built.
    static func executable(_ name: String) throws -> URL {
        let runner = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        let bundles = CommandLine.arguments.filter { $0.hasSuffix(".xctest") }.map { URL(filePath: $0) }
        let folders = ([runner] + bundles).map { $0.deletingLastPathComponent() }
        let found = folders.map { $0.appending(path: name) }.first {
            FileManager.default.isExecutableFile(atPath: $0.path)
        }
        guard let found else {
            throw Failure("'\(name)' is not in \(folders.map(\.path)): run 'swift build' or 'make test'")
        }
        return found
    }

    /// A command of the system, found as a shell does.
    static func command(_ name: String) throws -> URL {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let found = path.split(separator: ":").map { URL(filePath: String($0)).appending(path: name) }.first {
            FileManager.default.isExecutableFile(atPath: $0.path)
        }
        guard let found else { throw Failure("'\(name)' is not installed: run 'make test'") }
        return found
    }
}

/// Why a test can't go on.
struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
