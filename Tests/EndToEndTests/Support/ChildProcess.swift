import Foundation
import Glibc
import TestSupport

/// A process that a test starts. It has a process group of its own, which is killed when the test leaves it behind.
final class ChildProcess: Sendable {
    typealias End = SpawnedProcess.End

    private let process: SpawnedProcess
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
        let status = try? String(contentsOfFile: "/proc/\(process.pid)/status", encoding: .utf8)
        let line = status?.split(separator: "\n").first { $0.hasPrefix("VmRSS:") } ?? ""
        return line.split { !$0.isNumber }.first.flatMap { Int($0) } ?? 0
    }

    /// How many files and connections the process has open; 0 once it has ended.
    var openFiles: Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process.pid)/fd").count) ?? 0
    }

    /// True once the process has ended by itself.
    var hasEnded: Bool { process.end != nil }

    /// Sends a signal.
    func send(_ signal: Int32) { process.send(signal) }

    /// Waits until the process has ended by itself.
    func end(within bound: Duration = Deadline.usual) async throws -> End {
        let end = try await Deadline.wait(bound) { process.end }
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
        // Files, unlike pipes, never make the process wait for a reader.
        process = try SpawnedProcess(
            executable.path, arguments, environment: environment, folder: (directory ?? folder.url).path,
            output: try folder.write("stdout", "").path, errors: try folder.write("stderr", "").path)
    }

    /// Waits for the end too: what comes next may need what the process holds.
    private func kill() async throws {
        process.killGroup()
        _ = try await end()
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
            let end = process.end
            if let match = text(self).firstMatch(of: pattern) { return match.output }
            if let end { throw Failure("\(name) ended too early: \(end). \(transcript)") }
            return nil
        }
        guard let match else { throw Failure("\(name) did not write what is waited for. \(transcript)") }
        return match
    }
}
