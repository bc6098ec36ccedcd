import Foundation
import Glibc
import PipServicesTesting
import TestSupport
import Testing

@testable import PipServices

/// Processes that are killed, with real files.
@Suite final class KilledProcessTests {
    private static let orders = 2
    private let folder = FileManager.default.temporaryDirectory.appending(path: "pip-killed-\(UUID().uuidString)")

    deinit { try? FileManager.default.removeItem(at: folder) }

    private func start(_ arguments: [String], in folder: URL, output: URL) throws -> SpawnedProcess {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return try SpawnedProcess(
            try TestExecutable.find("QueueWorker").path, [arguments[0], folder.path] + arguments.dropFirst(),
            output: output.path, errors: output.path + ".errors")
    }

    /// Runs a worker to its end.
    private func run(_ folder: URL, killBefore step: Int) async throws -> (end: SpawnedProcess.End?, text: String) {
        let output = self.folder.appending(path: "\(UUID().uuidString).txt")
        let process = try start(["steps", "\(Self.orders)", "\(step)"], in: folder, output: output)
        defer { process.killGroup() }
        try await waitUntil(within: .seconds(60)) { !process.isRunning }
        return (process.end, try String(contentsOf: output, encoding: .utf8))
    }

    @Test("Wherever the process is killed, each message takes effect once") func everyStep()
        async throws
    {
        let expected = "RESULT 0,1 left 0 dead 0 unsent 0\n"
        for step in 1...100 {
            let folder = folder.appending(path: "\(step)")
            let first = try await run(folder, killBefore: step)
            guard first.end == .signal(SIGKILL) else {
                #expect(first.end == .exit(0))
                #expect(first.text == expected)
                // For each order: two steps to place it, four of the relay, four to handle it.
                #expect(step > Self.orders * 8, "\(step - 1) steps")
                return
            }
            // Another process is killed at the same step, which may come later or earlier in its work.
            if step.isMultiple(of: 3) { _ = try await run(folder, killBefore: 3) }
            let last = try await run(folder, killBefore: 0)
            #expect(last.end == .exit(0), "killed before step \(step)")
            #expect(last.text == expected, "killed before step \(step)")
        }
        Issue.record("There is no end of steps")
    }

    @Test("A message whose handler crashes the process each time becomes a dead letter") func poison() async throws {
        for deliveries in 1...6 {
            let output = folder.appending(path: "poison-\(deliveries).txt")
            let process = try start(["poison"], in: folder.appending(path: "poison"), output: output)
            defer { process.killGroup() }
            try await waitUntil(within: .seconds(60)) { !process.isRunning }
            guard deliveries > 5 else {
                #expect(process.end == .signal(SIGKILL), "delivery \(deliveries)")
                continue
            }
            #expect(process.end == .exit(0))
            #expect(try String(contentsOf: output, encoding: .utf8) == "RESULT 6 TOO_MANY_DELIVERIES\n")
        }
    }

    @Test("A process killed under load loses no message, and repeats no completed one")
    func underLoad() async throws {
        for round in 0..<(TestSize.isFull ? 20 : 2) {
            let folder = folder.appending(path: "flood-\(round)")
            let output = self.folder.appending(path: "flood-\(round).txt")
            let process = try start(["flood"], in: folder, output: output)
            defer { process.killGroup() }
            try await waitUntil(within: .seconds(60)) {
                let text = try String(contentsOf: output, encoding: .utf8)
                return text.split(separator: "\n").count { $0.hasPrefix("done") } > 200 + round * 37
            }
            process.send(SIGKILL)
            try await waitUntil(within: .seconds(60)) { !process.isRunning }
            let lines = try String(contentsOf: output, encoding: .utf8).split(separator: "\n")
            func numbers(_ word: String) -> Set<Substring> {
                Set(lines.filter { $0.hasPrefix(word) }.map { $0.dropFirst(word.count + 1) })
            }
            let queue = try await assemble(FileMessageQueue("flood", path: folder.appending(path: "queue.json").path))
            try await queue.open(.empty)
            let left = Set(try await queue.peekBatch(.empty, 100_000).compactMap(\.messageAsString).map { $0[...] })
            try await queue.close(.empty)
            #expect(left.isSuperset(of: numbers("sent").subtracting(numbers("got"))))
            #expect(left.isDisjoint(with: numbers("done")))
        }
    }
}
