import PipServices

/// The contract of every `Tracer`. Its output is read as one string per trace.
///
/// A tracer that buffers traces must hold 1,000 of them.
public struct TracerContract: Contract {
    /// A tracer with a function that reads its traces.
    public typealias Subject = Observed<any Tracer, String>

    private struct Gone: Error, CustomStringConvertible {
        var description: String { "the-disk-is-gone" }
    }

    /// Creates the contract.
    public init() {}

    /// The cases.
    public var cases: [ContractCase<Subject>] {
        [
            ContractCase("a trace names component, operation and error") { run in
                let tracer = run.subject.instrument
                tracer.trace(Context(traceId: "trace-1"), "beacons", "get_one", .milliseconds(5))
                tracer.failure(Context(traceId: "trace-2"), "beacons", "put_one", Gone(), .milliseconds(5))
                guard run.subject.output != nil else { return }
                let written = try await run.subject.read()
                try run.expect(written.count, equals: 2, "traces")
                for (text, parts) in zip(
                    written, [["beacons", "get_one"], ["beacons", "put_one", "the-disk-is-gone"]])
                {
                    for part in parts { try run.expect(text.contains(part), "'\(part)' is missing in: \(text)") }
                }
            },
            ContractCase("a timing ends in a trace") { run in
                run.subject.instrument.beginTrace(.empty, "beacons", "first").endTrace()
                run.subject.instrument.beginTrace(.empty, "beacons", "second").endFailure(Gone())
                guard run.subject.output != nil else { return }
                let written = try await run.subject.read()
                try run.expect(written.count, equals: 2, "traces")
                try run.expect(written.first?.contains("first") ?? false, "the first trace: \(written)")
                try run.expect(written.last?.contains("the-disk-is-gone") ?? false, "the second trace: \(written)")
            },
            ContractCase("any name and any duration is accepted") { run in
                let tracer = run.subject.instrument
                for name in ["", ".", "a.", ".a", "a.b.c", "\n\u{0}", String(repeating: "x.", count: 10_000)] {
                    tracer.trace(Context(traceId: name), name, "", .zero)
                    tracer.trace(.empty, name, name, .zero)
                }
                for duration in [Duration.seconds(-1), .seconds(Int64.max), .seconds(Int64.min)] {
                    tracer.trace(.empty, "beacons", "odd", duration)
                }
                tracer.trace(.empty, "beacons", "the-last-one", .zero)
                guard run.subject.output != nil else { return }
                let written = try await run.subject.read()
                try run.expect(written.count, equals: 18, "traces")
                try run.expect(written.last?.contains("the-last-one") ?? false, "the last trace")
            },
            ContractCase("concurrent traces are not lost") { run in
                let tracer = run.subject.instrument
                await withTaskGroup(of: Void.self) { group in
                    for task in 0..<8 {
                        group.addTask {
                            for _ in 0..<100 { tracer.trace(.empty, "beacons", "task\(task)", .zero) }
                        }
                    }
                }
                guard run.subject.output != nil else { return }
                try run.expect(try await run.subject.read().count, equals: 800, "traces")
            },
        ]
    }
}
