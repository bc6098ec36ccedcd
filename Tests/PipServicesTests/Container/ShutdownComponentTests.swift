import Glibc
import PipServicesTesting
import Testing

@testable import PipServices

/// The component that ends the process for tests; here it ends nothing.
@Suite struct ShutdownComponentTests {
    private final class Ending: Sendable {
        let ends = Locked<[String]>([])
        var process: ProcessEnding {
            ProcessEnding(
                exit: { code in self.ends.withLock { $0.append("exit \(code)") } },
                signal: { number in self.ends.withLock { $0.append("signal \(number)") } })
        }
    }

    private func shutdown(
        _ config: ConfigParams, _ ending: Ending, _ clock: VirtualClock, logger: RecordingLogger = RecordingLogger()
    ) async throws -> Shutdown {
        try await assemble(
            Shutdown(ending.process), config: config,
            references: [
                "test:clock:virtual:default:1.0": clock, "test:random:seeded:default:1.0": SeededRandom(seed: 3),
                "test:logger:recording:default:1.0": logger,
            ])
    }

    @Test(arguments: [
        ("exception", "exit 1"), ("null", "signal \(SIGSEGV)"), ("NullPointer", "signal \(SIGSEGV)"),
        ("zero", "signal \(SIGFPE)"), ("dividebyzero", "signal \(SIGFPE)"), ("exit", "exit 1"),
        ("processexit", "exit 1"),
    ])
    func eachModeEndsInItsWay(mode: String, end: String) async throws {
        let (ending, logger) = (Ending(), RecordingLogger())
        try await shutdown(["mode": .init(mode)], ending, VirtualClock(), logger: logger).shutdown()
        #expect(ending.ends.current == [end])
        #expect(logger.messages.map(\.level) == [.fatal])
        #expect(logger.messages.first?.error?.contains("CRASH") ?? false)
    }

    @Test func itHappensBetweenTheTwoTimes() async throws {
        let (ending, clock) = (Ending(), VirtualClock())
        let component = try await shutdown(["min_timeout": "1000", "max_timeout": "2000"], ending, clock)
        #expect(!component.isOpen)
        try await component.open(.empty)
        #expect(component.isOpen)
        try await waitUntil { clock.sleeperCount > 0 }
        clock.advance(by: .milliseconds(999))
        for _ in 0..<100 { await Task.yield() }
        #expect(ending.ends.current.isEmpty)
        clock.advance(by: .milliseconds(1001))
        try await waitUntil { !ending.ends.current.isEmpty }
        #expect(ending.ends.current == ["exit 1"])
        try await component.close(.empty)
    }

    @Test func closedInTimeNothingHappens() async throws {
        let (ending, clock) = (Ending(), VirtualClock())
        let component = try await shutdown(["min_timeout": "0", "max_timeout": "10"], ending, clock)
        try await component.open(.empty)
        try await component.close(.empty)
        clock.advance(by: .seconds(100))
        for _ in 0..<100 { await Task.yield() }
        #expect(ending.ends.current.isEmpty)
    }

    @Test func timesThatMakeNoSenseStopTheStart() async throws {
        let component = try await shutdown(["min_timeout": "5", "max_timeout": "1"], Ending(), VirtualClock())
        await #expect(throws: ApplicationError.self) { try await component.open(.empty) }
        for name in ["min_timeout", "max_timeout"] {
            let error = await #expect(throws: ApplicationError.self) {
                try await shutdown(ConfigParams(StringValueMap([(name, "-5")])), Ending(), VirtualClock())
            }
            #expect(error?.message.contains("expected a number of milliseconds of at least 0") == true)
        }
    }

    @Test func anUnknownModeStopsTheStart() async throws {
        await #expect(throws: ApplicationError.self) {
            try await shutdown(["mode": "explode"], Ending(), VirtualClock())
        }
    }
}
