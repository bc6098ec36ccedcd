import Foundation
import Glibc

/// A process that a test starts. It has a process group of its own, which is killed when the test leaves it behind.
final class ChildProcess: Sendable {
    /// How a process ended: its exit code, or the signal that ended it.
    enum End: Hashable, Sendable {
        case exit(Int32)
        case signal(Int32)
    }

    private let process: Process
    private let folder: TemporaryFolder
    private let name: String

    /// Starts a process, hands it to `body`, and sees to it that it is gone afterwards.
    static func run<Result>(
        _ executable: URL, _ arguments: [String] = [], environment: [String: String] = ChildEnvironment.make(),
        in folder: URL? = nil, _ body: (ChildProcess) async throws -> Result
    ) async throws -> Result {
        let child = try ChildProcess(executable, arguments, environment, folder)
        do {
            let result = try await body(child)
            try await child.kill()
            return result
        } catch {
            try await child.kill()
            throw error
        }
    }

    /// Runs a process to its end. Gives how it ended and what it wrote.
    static func output(
        of executable: URL, _ arguments: [String] = [], environment: [String: String] = ChildEnvironment.make(),
        in folder: URL? = nil, within bound: Duration = Deadline.usual
    ) async throws -> (end: End, output: String, errors: String) {
        try await run(executable, arguments, environment: environment, in: folder) { child in
            let end = try await child.end(within: bound)
            return (end, child.output, child.errors)
        }
    }

    /// What the process has written to its standard output by now.
    var output: String { read("stdout") }

    /// What the process has written to its standard error by now.
    var errors: String { read("stderr") }

    /// Both, for messages.
    var transcript: String { "\(name) wrote:\n\(output)\n\(name) wrote to standard error:\n\(errors)" }

    /// The resident memory, in KB; 0 once the process has ended.
    var residentKilobytes: Int {
        let status = try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
        let line = status?.split(separator: "\n").first { $0.hasPrefix("VmRSS:") } ?? ""
        return line.split { !$0.isNumber }.first.flatMap { Int($0) } ?? 0
    }

    /// Sends a signal.
    func send(_ signal: Int32) { _ = Glibc.kill(process.processIdentifier, signal) }

    /// Waits until the process has ended by itself.
    func end(within bound: Duration = Deadline.usual) async throws -> End {
        let end = try await Deadline.wait(bound) { process.isRunning ? nil : ended }
        guard let end else { throw Failure("\(name) has not ended within \(bound). \(transcript)") }
        return end
    }

    /// Waits until the standard output matches a pattern, and gives the match.
    func waitForOutput<Output>(_ pattern: some RegexComponent<Output>) async throws -> Output {
        try await wait(for: pattern, in: \.output)
    }

    /// Waits until the standard error matches a pattern, and gives the match.
    @discardableResult
    func waitForErrors<Output>(_ pattern: some RegexComponent<Output>) async throws -> Output {
        try await wait(for: pattern, in: \.errors)
    }

    // MARK: - Internal

    private init(
        _ executable: URL, _ arguments: [String], _ environment: [String: String], _ directory: URL?
    ) throws {
        name = executable.lastPathComponent
        folder = try TemporaryFolder()
        process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.environment = environment
        process.currentDirectoryURL = directory ?? folder.url
        process.standardInput = FileHandle.nullDevice
        // Files, unlike pipes, never make the process wait for a reader.
        process.standardOutput = try FileHandle(forWritingTo: try folder.write("stdout", ""))
        process.standardError = try FileHandle(forWritingTo: try folder.write("stderr", ""))
        try process.run()
    }

    /// Waits for the end too: what comes next may need what the process holds.
    private func kill() async throws {
        // The group: also what the process has started itself.
        _ = Glibc.kill(-process.processIdentifier, SIGKILL)
        if process.isRunning { send(SIGKILL) }
        _ = try await end()
    }

    private var ended: End {
        switch process.terminationReason {
        case .uncaughtSignal: .signal(process.terminationStatus)
        default: .exit(process.terminationStatus)
        }
    }

    private func read(_ file: String) -> String {
        let data = try? Data(contentsOf: folder.url.appending(path: file))
        return String(decoding: data ?? Data(), as: UTF8.self)
    }

    private func wait<Output>(
        for pattern: some RegexComponent<Output>, in text: (ChildProcess) -> String
    ) async throws -> Output {
        let match: Output? = try await Deadline.wait {
            // Asked first: what is written last is still seen.
            let isRunning = process.isRunning
            if let match = text(self).firstMatch(of: pattern) { return match.output }
            guard isRunning else { throw Failure("\(name) ended too early: \(ended). \(transcript)") }
            return nil
        }
        guard let match else { throw Failure("\(name) did not write what is waited for. \(transcript)") }
        return match
    }
}
