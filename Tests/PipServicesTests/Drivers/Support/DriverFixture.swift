import Foundation
import PipServices
import Testing

/// What the tests of all drivers use.
enum DriverFixture {
    /// True when the tests should run with full counts, which take too long under a sanitizer.
    static var isFull: Bool {
        let environment = ProcessInfo.processInfo.environment
        return environment["PIP_TEST_FULL"] != nil && environment["PIP_TEST_SANITIZER"] == nil
    }

    /// What ends after a time of its own has ended by then, also on a machine that is busy with other tests.
    static func bound(after time: Duration) -> Duration { time + .seconds(20) }

    /// The port of a server that `make test` starts on loopback, and names in a variable as HOST:PORT.
    static func port(_ variable: String) throws -> Int {
        let text = ProcessInfo.processInfo.environment[variable] ?? ""
        return try #require(
            text.split(separator: ":").last.flatMap { Int($0) },
            "\(variable) is '\(text)'; expected HOST:PORT of a server: run 'make test', which starts one")
    }

    /// A key that no other test uses.
    static func key(_ name: String = "k") -> String { "test.\(IdGenerator.nextLong()).\(name)" }

    static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    /// How long something takes.
    static func time(_ body: () async throws -> Void) async rethrows -> Duration {
        let start = ContinuousClock.now
        try await body()
        return .now - start
    }

    /// The code of the error that something throws; the error's text where it has none, nil when it throws nothing.
    static func code(_ body: () async throws -> Void) async -> String? {
        do {
            try await body()
            return nil
        } catch let error as ApplicationError {
            return error.code
        } catch is CancellationError {
            return "CANCELLED"
        } catch {
            return "\(error)"
        }
    }

    /// Runs a script of `Tests/EndToEndTests/Peers` on the toolkit's Python edition, and gives what it prints.
    static func python(_ script: String, _ arguments: [String]) async throws -> String {
        let python = try #require(
            ProcessInfo.processInfo.environment["PIP_TEST_PYTHON"],
            "PIP_TEST_PYTHON names no Python with the toolkit's packages: run 'make test', which installs them")
        var path = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { path.deleteLastPathComponent() }
        let process = try DriverChildProcess(
            URL(fileURLWithPath: python), [path.appending(path: "EndToEndTests/Peers/\(script)").path] + arguments)
        let bound = ContinuousClock.now + .seconds(120)
        while process.isRunning {
            if ContinuousClock.now > bound { process.terminate() }
            try await Task.sleep(for: .milliseconds(20))
        }
        let (end, text) = process.result()
        try #require(end == .exit(0), "\(script) \(arguments) failed: \(text)")
        return text
    }
}
