import Foundation

/// A process that a test of drivers starts, whose output is short.
final class DriverChildProcess: Sendable {
    private let process: Process
    private let output: Pipe

    init(_ executable: URL, _ arguments: [String]) throws {
        (process, output) = (Process(), Pipe())
        process.executableURL = executable
        process.arguments = arguments
        process.standardOutput = output
        try process.run()
    }

    deinit { terminate() }

    var isRunning: Bool { process.isRunning }

    /// Ends it, if it has not ended by itself.
    func terminate() { if process.isRunning { process.terminate() } }

    /// The exit code and all that was printed, of one that has ended.
    func result() -> (status: Int32, text: String) {
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        return (process.terminationStatus, text)
    }
}
