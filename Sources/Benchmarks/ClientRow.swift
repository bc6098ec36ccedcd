import AllocationCounter
import Glibc

/// Measures a client's calls in this process against plain C, in turn, by rates, CPU time and allocations.
///
/// - Parameters:
///   - count: how many operations a round of each side makes.
///   - baseline: the same by the C library alone.
func clientRow(
    _ name: String, _ options: Options, target: Double, count: Int, ours: () async throws -> Void,
    baseline: () throws -> Void
) async throws -> Row {
    var row = Row(name: name, unit: "1/s", ours: [], target: .ratioAtLeast(target), cpuTarget: 1.5)
    func measure(_ body: () async throws -> Void) async throws -> (rate: Double, cpu: Double) {
        let (start, cpu) = (ContinuousClock.now, cpuMicroseconds())
        try await body()
        let seconds = milliseconds(.now - start) / 1000
        return (Double(count) / seconds, (cpuMicroseconds() - cpu) / Double(count))
    }
    func allocations(_ body: () async throws -> Void) async throws -> Double {
        let before = pip_allocations()
        pip_count_allocations(true)
        defer { pip_count_allocations(false) }
        try await body()
        return Double(pip_allocations() - before) / Double(count)
    }
    // A round of its own, which warms up too: counting costs a little time.
    row.oursAllocations = try await allocations(ours)
    row.baselineAllocations = try await allocations(baseline)
    for round in 0..<options.rounds {
        for isOurs in round.isMultiple(of: 2) ? [true, false] : [false, true] {
            let result = isOurs ? try await measure(ours) : try await measure(baseline)
            if isOurs {
                row.ours.append(result.rate)
                row.oursCPU.append(result.cpu)
            } else {
                row.baseline.append(result.rate)
                row.baselineCPU.append(result.cpu)
            }
        }
    }
    return row
}

/// The CPU time of this process so far, all threads.
private func cpuMicroseconds() -> Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1_000_000
        + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
}
