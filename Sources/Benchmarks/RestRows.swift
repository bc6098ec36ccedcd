import Glibc

/// REST routes that return 64 B and 4 KB of JSON against bare Hummingbird routes with the same types: requests per
/// second, the time of an answer at half of that, and the memory of 1,000 open connections.
func measureRest(_ options: Options, _ folder: WorkFolder, _ table: inout Table) throws {
    let bare = try Server.bare(options, in: folder)
    let plain = try Server.rest(.plain, in: folder)
    let full = try Server.rest(.full, in: folder)
    for server in [bare, plain, full] { try server.waitForFirstAnswer(pause: 1000) }

    let memory = try [bare, plain].map { try residentMemory($0, connections: 1000) }
    var peak = 0.0
    for (path, size) in [("/small", "64 B"), ("/large", "4 KB")] {
        let sides = [("bare \(size)", bare), ("REST \(size)", plain), ("REST \(size) with all", full)].map {
            Contestant($0.0, $0.1, path: path, expecting: "\"beacon-50\"")
        }
        let lengths = try sides.map { try $0.answer().utf8.count }
        if Set(lengths).count > 1 { table.note("answers of \(path) differ in length: \(lengths)") }
        try compete(sides, options, folder, &table)
        table.add(sides[1].row("REST route, \(size) of JSON", against: sides[0], target: .ratioAtLeast(0.95)))
        table.add(
            sides[2].row("the same, log, counters, traces, checks", against: sides[0], target: .ratioAtLeast(0.75)))
        if path == "/small" { peak = median(sides[1].rates) }
    }
    try measureLatency(options, bare, plain, rate: peak / 2, &table)
    table.add(
        Row(
            name: "memory with 1,000 connections", unit: "MB", ours: [memory[1]], baseline: [memory[0]]))
}

private func measureLatency(
    _ options: Options, _ bare: Server, _ plain: Server, rate: Double, _ table: inout Table
) throws {
    var half: [[Double]] = [[], []]
    var slow: [[Double]] = [[], []]
    for round in 0..<options.rounds {
        for position in 0..<2 {
            let side = (position + round) % 2
            let load = PacedLoad(
                port: [bare, plain][side].port, path: "/small", rate: rate, connections: options.connections)
            let latencies = try load.latencies(seconds: Double(options.roundSeconds))
            half[side].append(percentile(latencies, 50))
            slow[side].append(percentile(latencies, 99))
            progress("round \(round + 1): p50 \(number(half[side][round])) us, p99 \(number(slow[side][round])) us")
        }
    }
    table.add(Row(name: "p50 at half of peak, 64 B", unit: "us", ours: half[1], baseline: half[0]))
    table.add(Row(name: "p99 at half of peak, 64 B", unit: "us", ours: slow[1], baseline: slow[0]))
}

/// Anonymous resident memory in megabytes while so many connections are open, each of which was answered once.
private func residentMemory(_ server: Server, connections: Int) throws -> Double {
    var open: [Int32] = []
    defer { for descriptor in open { close(descriptor) } }
    let request = Array("GET /heartbeat HTTP/1.1\r\nHost: h\r\n\r\n".utf8)
    var buffer = [UInt8](repeating: 0, count: 4096)
    for _ in 0..<connections {
        let descriptor = try openSocket()
        open.append(descriptor)
        guard connect(descriptor, to: server.port),
            request.withUnsafeBytes({ send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }) > 0,
            recv(descriptor, &buffer, buffer.count, 0) > 0
        else { throw server.process.failure("does not answer on \(connections) connections") }
    }
    return try server.process.anonymousMegabytes()
}
