/// Time from process start to the first answer, and anonymous resident memory after it, against bare Hummingbird.
func measureStarts(_ options: Options, _ folder: WorkFolder, _ table: inout Table) throws {
    var beacons = Starts()
    var bare = Starts()
    for round in 0..<options.starts {
        progress("start \(round + 1) of \(options.starts)")
        let steps: [() throws -> Void] = [
            { try beacons.add(try .beacons(options, logLevel: "info", in: folder)) },
            { try bare.add(try .bare(options, in: folder)) },
        ]
        for step in round.isMultiple(of: 2) ? steps : steps.reversed() { try step() }
    }
    table.add(
        Row(
            name: "process start to first answer", unit: "ms", ours: beacons.times, baseline: bare.times,
            target: .ratioAtMost(1.25)))
    table.add(
        Row(
            name: "anonymous resident memory after it", unit: "MB", ours: beacons.memory, baseline: bare.memory,
            target: .ratioAtMost(3)))
}

private struct Starts {
    var times: [Double] = []
    var memory: [Double] = []

    /// Measures a server that was started just now, and stops it.
    mutating func add(_ server: Server) throws {
        defer { server.process.stop() }
        try server.waitForFirstAnswer(pause: 100)
        times.append(milliseconds(.now - server.process.started))
        memory.append(try server.process.anonymousMegabytes())
    }
}
