import Foundation
import Glibc
import TestSupport

/// A process that a test of drivers starts, whose output is short.
final class DriverChildProcess: Sendable {
    private let process: SpawnedProcess
    private let output: String

    init(_ executable: URL, _ arguments: [String]) throws {
        output = FileManager.default.temporaryDirectory.appending(path: "pip-\(UUID().uuidString)").path
        process = try SpawnedProcess(executable.path, arguments, output: output, errors: output)
    }

    deinit {
        process.killGroup()
        try? FileManager.default.removeItem(atPath: output)
    }

    var isRunning: Bool { process.isRunning }

    /// Ends it, if it has not ended by itself.
    func terminate() { process.send(SIGTERM) }

    /// How it ended, nil while it runs, and all that it has printed.
    func result() -> (end: SpawnedProcess.End?, text: String) {
        (process.end, (try? String(contentsOfFile: output, encoding: .utf8)) ?? "")
    }
}
