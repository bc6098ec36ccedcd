#if PIP_REDIS
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// Many tasks in several processes want one lock, while the connections break.
@Suite struct RedisLockRaceTests {
    @Test func neverTwoHoldALock() async throws {
        let proxy = try FaultProxy(to: RedisFixture.port())
        let (processes, total) = (4, DriverFixture.isFull ? 10_000 : 400)
        let runner = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        let bundles = CommandLine.arguments.filter { $0.hasSuffix(".xctest") }.map { URL(filePath: $0) }
        let racer = try #require(
            ([runner] + bundles).map { $0.deletingLastPathComponent().appending(path: "LockRacer") }.first {
                FileManager.default.isExecutableFile(atPath: $0.path)
            })
        let file = FileManager.default.temporaryDirectory.appending(path: "race-\(IdGenerator.nextLong())").path
        let key = DriverFixture.key("race")
        var running: [(Process, Pipe)] = []
        for _ in 0..<processes {
            let (process, output) = (Process(), Pipe())
            process.executableURL = racer
            process.arguments = [
                "pip-services:lock:redis:default:1.0", "127.0.0.1", "\(proxy.port)", key, file, "16",
                "\(total / processes)",
            ]
            process.standardOutput = output
            try process.run()
            running.append((process, output))
        }
        defer { for (process, _) in running where process.isRunning { process.terminate() } }
        let random = SeededRandom(seed: 11)
        var resets = 0
        let end = ContinuousClock.now + .seconds(DriverFixture.isFull ? 280 : 100)
        while running.contains(where: { $0.0.isRunning }) {
            try #require(ContinuousClock.now < end, "the race did not end in time")
            try await Task.sleep(for: .milliseconds(random.next(in: 100..<500)))
            // A lock whose answer is lost is nobody's until it ends: too many resets would make it a race of waiting.
            if resets < total / 80 {
                proxy.reset()
                resets += 1
            }
        }
        var (held, shared) = (0, 0)
        for (_, output) in running {
            let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            let numbers = text.split(whereSeparator: \.isWhitespace).dropFirst().compactMap { Int($0) }
            try #require(numbers.count == 2, "\(text)")
            held += numbers[0]
            shared += numbers[1]
        }
        #expect(held == total)
        #expect(shared == 0, "two held it at once")
    }
}
#endif
