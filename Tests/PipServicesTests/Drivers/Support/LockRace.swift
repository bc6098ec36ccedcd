import Foundation
import Testing

/// Many tasks in several processes want one lock, while their connections break.
///
/// Each process is a `LockRacer`: whoever has the lock creates a file, which only one can, and removes it.
enum LockRace {
    /// - Parameters:
    ///   - descriptor: which lock, configured with `options`.
    ///   - server: the port of its server.
    static func run(_ descriptor: String, server: Int, options: [String]) async throws {
        let proxy = try FaultProxy(to: server)
        let (processes, total) = (4, DriverFixture.isFull ? 10_000 : 2000)
        let folder = FileManager.default.temporaryDirectory.appending(path: DriverFixture.key("race"))
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let key = DriverFixture.key("race")
        let racer = try TestExecutable.find("LockRacer")
        let arguments =
            [descriptor, key, folder.appending(path: "held").path, "16", "\(total / processes)"]
            + ["connection.host", "127.0.0.1", "connection.port", "\(proxy.port)"] + options
        let running = try (0..<processes).map { _ in try DriverChildProcess(racer, arguments) }
        defer { for process in running { process.terminate() } }
        proxy.disturb(everyMilliseconds: 20..<200)
        let end = ContinuousClock.now + .seconds(DriverFixture.isFull ? 500 : 200)
        while running.contains(where: \.isRunning) {
            try #require(ContinuousClock.now < end, "the race did not end in time")
            try await Task.sleep(for: .milliseconds(20))
        }
        var (held, shared) = (0, 0)
        for process in running {
            let text = process.result().text
            let numbers = text.split(whereSeparator: \.isWhitespace).dropFirst().compactMap { Int($0) }
            try #require(numbers.count == 2, "\(text)")
            held += numbers[0]
            shared += numbers[1]
        }
        #expect(held == total)
        #expect(shared == 0, "two held it at once")
        // The short race takes a second and more, and there is a fault every 200 ms at the least.
        #expect(proxy.faults > (DriverFixture.isFull ? 10 : 2), "\(proxy.faults) faults")
    }
}
