import Foundation
import TestSupport

/// A program that a test runs: `openssl`, `curl`, `python3`.
enum Program {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Runs a program to its end, 5 minutes at most, and gives what it printed.
    static func run(_ name: String, _ arguments: [String], in folder: String = "/tmp") async throws -> String {
        // A file: reading from a pipe would hold one of the few threads on which the test's own server runs.
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("pip-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: file) }
        let process = try SpawnedProcess(name, arguments, folder: folder, output: file, errors: file)
        for _ in 0..<30_000 where process.isRunning { try await Task.sleep(for: .milliseconds(10)) }
        let isRunning = process.isRunning
        if isRunning { process.killGroup() }
        let printed = String(decoding: try Data(contentsOf: URL(fileURLWithPath: file)), as: UTF8.self)
        guard !isRunning, let end = process.end else { throw Failure(description: "\(name) does not end: \(printed)") }
        guard end == .exit(0) else { throw Failure(description: "\(name) ended with \(end): \(printed)") }
        return printed
    }

    /// A folder for the files of a test, which is removed behind it.
    static func withFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("pip-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await body(folder.path)
    }
}
