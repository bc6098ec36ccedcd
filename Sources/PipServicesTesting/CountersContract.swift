import FoundationEssentials
import PipServices

/// The contract of all `Counters`.
public struct CountersContract: Contract {
    /// Counters with a function that reads their measurements.
    public typealias Subject = Observed<any Counters, Counter>

    /// Creates the contract.
    public init() {}

    /// The cases.
    public var cases: [ContractCase<Subject>] {
        [
            ContractCase("increments are added up") { run in
                run.subject.instrument.increment("a.count", 2)
                run.subject.instrument.incrementOne("a.count")
                run.subject.instrument.increment("a.count", 0)
                try await Self.expect(run, "a.count", .increment) { $0.count == 3 }
            },
            ContractCase("statistics have a minimum, a maximum and an average") { run in
                for value in [3, -1, 4.0] { run.subject.instrument.stats("a.size", value) }
                try await Self.expect(run, "a.size", .statistics) {
                    $0.count == 3 && $0.min == -1 && $0.max == 4 && $0.average == 2 && $0.last == 4
                }
            },
            ContractCase("a timing is an interval in milliseconds, counted once") { run in
                let timing = run.subject.instrument.beginTiming("a.time")
                timing.endTiming()
                try await Self.expect(run, "a.time", .interval) { counter in
                    counter.count == 1 && (counter.last ?? -1) >= 0 && (counter.last ?? .infinity) < 600_000
                }
            },
            ContractCase("last values and timestamps keep the newest") { run in
                let moment = Date(timeIntervalSince1970: 1_700_000_000)
                for value in [5, 1.5] { run.subject.instrument.last("a.last", value) }
                run.subject.instrument.timestampNow("a.moment")
                run.subject.instrument.timestamp("a.moment", moment)
                try await Self.expect(run, "a.last", .lastValue) { $0.last == 1.5 }
                try await Self.expect(run, "a.moment", .timestamp) { $0.time == moment }
            },
            ContractCase("another type under the same name resets the counter") { run in
                run.subject.instrument.increment("a.mixed", 5)
                run.subject.instrument.last("a.mixed", 2)
                try await Self.expect(run, "a.mixed", .lastValue) { $0.count == nil && $0.last == 2 }
                run.subject.instrument.incrementOne("a.mixed")
                try await Self.expect(run, "a.mixed", .increment) { $0.count == 1 && $0.last == nil }
            },
            ContractCase("any name and any value is accepted") { run in
                let counters = run.subject.instrument
                for name in ["", " ", "a\n\u{0}b", "Grüße 🌍", String(repeating: "x", count: 10_000)] {
                    counters.incrementOne(name)
                }
                for value in [Double.nan, .infinity, -.infinity, .greatestFiniteMagnitude] {
                    counters.stats("a.odd", value)
                    counters.last("a.odd.last", value)
                    counters.update("a.odd.time", .interval(value))
                }
                for value in [Int.max, Int.max, Int.min] { counters.increment("a.odd.count", value) }
                counters.timestamp("a.odd.moment", Date(timeIntervalSince1970: .greatestFiniteMagnitude))
                counters.incrementOne("a.after")
                try await Self.expect(run, "a.after", .increment) { $0.count == 1 }
            },
            ContractCase("concurrent increments are not lost") { run in
                let counters = run.subject.instrument
                await withTaskGroup(of: Void.self) { group in
                    for task in 0..<8 {
                        group.addTask {
                            for index in 0..<1_000 {
                                counters.incrementOne("a.shared")
                                counters.incrementOne("a.task\(task)")
                                counters.stats("a.shared.size", Double(index))
                            }
                        }
                    }
                }
                try await Self.expect(run, "a.shared", .increment) { $0.count == 8_000 }
                try await Self.expect(run, "a.task7", .increment) { $0.count == 1_000 }
                try await Self.expect(run, "a.shared.size", .statistics) { $0.count == 8_000 && $0.max == 999 }
            },
        ]
    }

    private static func expect(
        _ run: ContractRun<Subject>, _ name: String, _ type: CounterType, _ isRight: (Counter) -> Bool
    ) async throws {
        guard run.subject.output != nil else { return }
        let found = try await run.subject.read().filter { $0.name == name }
        try run.expect(found.count, equals: 1, "counters named \(name)")
        guard let counter = found.first else { return }
        try run.expect(counter.type, equals: type, "type of \(name)")
        try run.expect(isRight(counter), "\(name) is \(counter)")
    }
}
