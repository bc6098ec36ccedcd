import AllocationCounter
import Glibc
import PipServices
import PipServicesTesting

/// Calls of clients: of a component in the same process, and by HTTP against libcurl in plain C.
func measureClients(_ options: Options, _ folder: WorkFolder, _ table: inout Table) async throws {
    try await measureDirectClient(options, &table)
    #if PIP_CURL
    try await measureRestClient(options, folder, &table)
    #else
    table.note("group client: built without PIP_CURL, so RestClient is not measured")
    #endif
}

private final class Adder: Component {
    func add(_ number: Int) async -> Int { number &+ 1 }
}

private func measureDirectClient(_ options: Options, _ table: inout Table) async throws {
    let adder = Adder()
    let client = try await assemble(
        DirectClient<Adder>(service: "bench:service:*:*:1.0"), references: ["bench:service:default:default:1.0": adder])
    let context = Context(traceId: "bench")
    let calls = options.isQuick ? 200_000 : 1_000_000
    var ours: [Double] = []
    for round in 0..<options.rounds {
        progress("direct client, round \(round + 1) of \(options.rounds)")
        let start = ContinuousClock.now
        var sum = 0
        for _ in 0..<calls { sum = try await client.call(context, "bench.add") { await $0.add(sum) } }
        guard sum == calls else { throw BenchmarkError("the direct client gives \(sum) for \(calls)") }
        ours.append(milliseconds(.now - start) * 1_000_000 / Double(calls))
    }
    table.add(Row(name: "call by DirectClient", unit: "ns", ours: ours, target: .below(1000)))
}

#if PIP_CURL
private let body = #"{"beacon_id":"beacon-1"}"#

private func measureRestClient(_ options: Options, _ folder: WorkFolder, _ table: inout Table) async throws {
    let loop = folder.file("curl_loop")
    let compiler = try ChildProcess(
        "cc", ["cc", "-O2", "-o", loop, options.curlPeer, "-lcurl"], in: folder)
    try compiler.finish()
    let server = try Server.bare(options, in: folder)
    try server.waitForFirstAnswer(pause: 1000)
    let connector = CurlConnector()
    let client = try await assemble(
        RestClient(), config: ["connection.host": "127.0.0.1", "connection.port": "\(server.port)"],
        references: ["bench:http-connector:curl:default:1.0": connector])
    try await client.open(.empty)
    for inFlight in [1, 64] {
        var (ours, baseline, oursCPU, baselineCPU): ([Double], [Double], [Double], [Double]) = ([], [], [], [])
        let allocations = try await allocations(of: client, inFlight)
        for round in 0..<options.rounds {
            progress("REST client, \(inFlight) in flight, round \(round + 1) of \(options.rounds)")
            for isOurs in round.isMultiple(of: 2) ? [true, false] : [false, true] {
                let seconds = Double(options.roundSeconds)
                let (rate, cpu) =
                    isOurs
                    ? try await load(client, inFlight, seconds: seconds)
                    : try plain(loop, server.port, inFlight, seconds, folder)
                if isOurs {
                    ours.append(rate)
                    oursCPU.append(cpu)
                } else {
                    baseline.append(rate)
                    baselineCPU.append(cpu)
                }
            }
        }
        table.add(
            Row(
                name: "RestClient, \(inFlight) in flight, against libcurl in C", unit: "req/s", ours: ours,
                baseline: baseline, target: .ratioAtLeast(0.5), oursCPU: oursCPU, baselineCPU: baselineCPU,
                cpuTarget: 1.5,
                oursAllocations: allocations))
    }
    table.note("rows of RestClient: the CPU columns are the client's")
    try await connector.close(.empty)
}

/// What a call asks of the allocator, libcurl's part included. A round of its own, which warms up too.
private func allocations(of client: RestClient, _ inFlight: Int) async throws -> Double {
    let before = pip_allocations()
    pip_count_allocations(true)
    defer { pip_count_allocations(false) }
    let seconds = 0.5
    let (rate, _) = try await load(client, inFlight, seconds: seconds)
    return Double(pip_allocations() - before) / (rate * seconds)
}

private func load(_ client: RestClient, _ inFlight: Int, seconds: Double) async throws -> (Double, Double) {
    let data = try JSONConverter.fromJSON(body)
    let context = Context(traceId: "bench")
    let (start, used) = (ContinuousClock.now, cpuSeconds())
    let end = start + .seconds(seconds)
    let count = try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<inFlight {
            group.addTask {
                var count = 0
                while ContinuousClock.now < end {
                    let answer: AnyValue? = try await client.call(context, .post, "bytes", data: data)
                    guard answer != nil else { throw BenchmarkError("the bare server gives nothing") }
                    count += 1
                }
                return count
            }
        }
        return try await group.reduce(0, +)
    }
    let time = milliseconds(.now - start) / 1000
    return (Double(count) / time, (cpuSeconds() - used) / Double(count) * 1e6)
}

private func plain(
    _ loop: String, _ port: UInt16, _ inFlight: Int, _ seconds: Double, _ folder: WorkFolder
) throws -> (Double, Double) {
    // The same request as RestClient's: to read one field more costs the server something too.
    let fields = ["Accept: application/json", "Content-Type: application/json", "\(HTTPFieldNames.timeout): 10000"]
    let url = "http://127.0.0.1:\(port)/bytes?trace_id=bench"
    let process = try ChildProcess("curl-loop", [loop, url, body, "\(inFlight)", "\(seconds)"] + fields, in: folder)
    try process.finish()
    let numbers = process.printed.split(whereSeparator: \.isWhitespace).drop { $0 != "RESULT" }.dropFirst()
        .compactMap { Double($0) }
    guard numbers.count == 2 else { throw process.failure("printed no result") }
    return (numbers[0], numbers[1])
}

func cpuSeconds() -> Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) * 1e-6 }
    return seconds(usage.ru_utime) + seconds(usage.ru_stime)
}
#endif
