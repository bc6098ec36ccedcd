import Foundation
import Testing

/// Finds the executables that are built beside the tests.
enum TestExecutable {
    static func find(_ name: String) throws -> URL {
        let runner = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        let bundles = CommandLine.arguments.filter { $0.hasSuffix(".xctest") }.map { URL(filePath: $0) }
        return try #require(
            ([runner] + bundles).map { $0.deletingLastPathComponent().appending(path: name) }.first {
                FileManager.default.isExecutableFile(atPath: $0.path)
            })
    }
}
