import Foundation

/// A program that a test runs: `openssl`, `curl`, `python3`.
enum Program {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Runs a program to its end, 5 minutes at most, and gives what it printed.
    static func run(_ name: String, _ arguments: [String], in folder: String = "/tmp") async throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [name] + arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        // A file: reading from a pipe would hold one of the few threads on which the test's own server runs.
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("pip-\(UUID().uuidString)")
        try Data().write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let output = try FileHandle(forWritingTo: file)
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        for _ in 0..<30_000 where process.isRunning { try await Task.sleep(for: .milliseconds(10)) }
        let isRunning = process.isRunning
        if isRunning { process.terminate() }
        let printed = String(decoding: try Data(contentsOf: file), as: UTF8.self)
        guard !isRunning else { throw Failure(description: "\(name) does not end: \(printed)") }
        guard process.terminationStatus == 0 else {
            throw Failure(description: "\(name) ended with \(process.terminationStatus): \(printed)")
        }
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
