import PipServices
import PipServicesTesting

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

/// What one call takes.
private func nanoseconds(_ calls: Int, _ call: (Int) -> Void) -> Double {
    let start = ContinuousClock.now
    for index in 0..<calls { call(index) }
    return milliseconds(.now - start) * 1_000_000 / Double(calls)
}
