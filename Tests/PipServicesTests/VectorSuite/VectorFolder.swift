import Foundation

/// Where the vectors are: the project's own copy, or the folder that the environment variable `PIP_TEST_VECTORS` names.
enum VectorFolder {
    /// What is wrong with the folder or a file in it.
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    static let url: URL = {
        if let path = ProcessInfo.processInfo.environment["PIP_TEST_VECTORS"], !path.isEmpty {
            return URL(filePath: path, directoryHint: .isDirectory)
        }
        return URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Vectors", directoryHint: .isDirectory)
    }()

    /// The vector files of the folder, by name. None when the folder can't be read, which ``check()`` reports.
    static let files: [VectorFile] = (try? list()) ?? []

    /// - Throws: a problem when the folder is missing or holds no vectors.
    static func check() throws {
        guard try !list().isEmpty else { throw Problem(description: "No vectors (*.json) are in \(url.path)") }
    }

    private static func list() throws -> [VectorFile] {
        try FileManager.default.contentsOfDirectory(at: url.resolvingSymlinksInPath(), includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "json" }
            .sorted { $0.lastPathComponent < $1.lastPathComponent }
            .map(VectorFile.init)
    }
}
