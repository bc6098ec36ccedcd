import PipServices
import PipServicesTesting
import Synchronization

/// What instruments cost a service that does not look at them much: nanoseconds per call, in this process, on one thread.
func measureObservability(_ options: Options, _ table: inout Table) async throws {
    let calls = options.isQuick ? 200_000 : 2_000_000
    let counters = LogCounters()
    try await assemble(counters)
    try await counters.open(.empty)
    let composite = CompositeCounters()
    try await assemble(composite, references: ["bench:counters:log:default:1.0": counters])
    let logger = CompositeLogger()
    try await assemble(logger, references: ["bench:logger:console:default:1.0": ConsoleLogger()])
    let name = "beacons.get_beacons.exec_count"
    let context = Context.fromTraceId("bench")

    var rows: [String: (ours: [Double], baseline: [Double])] = [:]
    for round in 0..<options.rounds {
        progress("counters and loggers, round \(round + 1) of \(options.rounds)")
        // The baseline is what a service would write without the toolkit: a dictionary behind a lock.
        let plain = Locked<[String: Int]>([:])
        let counting = nanoseconds(calls) { _ in composite.incrementOne(name) }
        let plainCounting = nanoseconds(calls) { _ in plain.withLock { $0[name, default: 0] += 1 } }
        let timing = nanoseconds(calls) { composite.update("beacons.get_beacons.exec_time", .interval(Double($0))) }
        let filtered = nanoseconds(calls) { logger.debug(context, "Item \($0)") }
        rows["counting one up", default: ([], [])].ours.append(counting)
        rows["counting one up", default: ([], [])].baseline.append(plainCounting)
        rows["counting a time", default: ([], [])].ours.append(timing)
        rows["a log line that no logger writes", default: ([], [])].ours.append(filtered)
    }
    try await counters.close(.empty)
    for (name, values) in rows.sorted(by: { $0.key < $1.key }) {
        table.add(Row(name: name, unit: "ns", ours: values.ours, baseline: values.baseline))
    }
}

/// Counters for Prometheus: increments on one and two threads beside a bare atomic, and a scrape, per 1,000 series.
func measurePrometheus(_ options: Options, _ table: inout Table) async throws {
    let calls = options.isQuick ? 200_000 : 5_000_000
    let name = "beacons.get_beacons.exec_count"
    let counters = try await assemble(PrometheusCounters())
    let bare = BareCounter()
    var rows = [Row(name: "Prometheus: counting one up, one thread", unit: "ns", ours: [], target: .below(50))]
    rows.append(Row(name: "Prometheus: counting one up, two threads", unit: "ns", ours: []))
    for _ in 0..<options.rounds {
        progress("counters for Prometheus")
        for (index, threads) in [1, 2].enumerated() {
            rows[index].ours.append(await onThreads(threads, calls) { counters.incrementOne(name) })
            rows[index].baseline.append(await onThreads(threads, calls) { bare.count() })
        }
    }
    for series in [1000, 10_000] {
        let yaml = """
            - descriptor: pip-services:endpoint:http:default:1.0
              connection: { host: 127.0.0.1, port: 0 }
            - descriptor: pip-services:counters:prometheus:default:1.0
              options: { max_series: 0 }
            - descriptor: pip-services:metrics-controller:prometheus:default:1.0
            """
        let row = try await withContainer(yaml: yaml) { container in
            let counters = try container.references.getOneRequired(
                "*:counters:prometheus:*:1.0", as: PrometheusCounters.self)
            for index in 0..<series { counters.incrementOne("beacons.command\(index).exec_count") }
            let client = try RestTestClient(container)
            _ = try await client.get("/metrics")
            var row = Row(
                name: "Prometheus: a scrape of \(series) series, per 1000", unit: "ms", ours: [], target: .below(1))
            for _ in 0..<options.rounds {
                let start = ContinuousClock.now
                _ = try await client.get("/metrics")
                row.ours.append(milliseconds(.now - start) * 1000 / Double(series))
            }
            return row
        }
        rows.append(row)
    }
    for row in rows { table.add(row) }
}

private final class BareCounter: Sendable {
    private let value = Atomic<Int>(0)
    func count() { value.wrappingAdd(1, ordering: .relaxed) }
}

/// What one call takes when some threads make calls at once.
private func onThreads(_ threads: Int, _ calls: Int, _ call: @escaping @Sendable () -> Void) async -> Double {
    let start = ContinuousClock.now
    await withTaskGroup(of: Void.self) { group in
        for _ in 0..<threads { group.addTask { for _ in 0..<calls { call() } } }
    }
    return milliseconds(.now - start) * 1_000_000 / Double(calls)
}

/// What one call takes.
private func nanoseconds(_ calls: Int, _ call: (Int) -> Void) -> Double {
    let start = ContinuousClock.now
    for index in 0..<calls { call(index) }
    return milliseconds(.now - start) * 1_000_000 / Double(calls)
}
