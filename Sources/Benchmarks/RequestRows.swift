/// One way to get a beacon, with what each round measured.
final class Contestant {
    let name: String
    let server: Server
    let path: String
    private let expected: String
    var rates: [Double] = []
    /// Microseconds of the server per request.
    var cpu: [Double] = []
    var socketErrors = 0

    init(
        _ name: String, _ server: Server, path: String = "/v1/beacons/get_beacon_by_id",
        expecting expected: String = "\"udi-50\""
    ) {
        self.name = name
        self.server = server
        self.path = path
        self.expected = expected
    }

    /// What it answers, checked so that no row compares a service with an error page.
    func answer() throws -> String {
        let answer = try call(server.port, "POST", path, body: Load.body)
        guard let answer, answer.status == 200, answer.body.contains(expected) else {
            let text = answer.map { "\($0.status) \($0.body)" } ?? "nothing"
            throw server.process.failure("answered \(path) with \(text)")
        }
        return answer.body
    }

    func measure(_ load: Load, seconds: Int) throws {
        let before = try server.process.cpuSeconds()
        let result = try load.run(server.port, path, seconds: seconds)
        cpu.append((try server.process.cpuSeconds() - before) * 1_000_000 / result.requests)
        rates.append(result.rate)
        socketErrors += result.socketErrors
    }

    func row(_ name: String, against baseline: Contestant, target: Row.Target? = nil) -> Row {
        Row(
            name: name, unit: "req/s", ours: rates, baseline: baseline.rates, target: target, oursCPU: cpu,
            baselineCPU: baseline.cpu)
    }
}

/// Beacons' get-by-id against bare Hummingbird routes.
func measureRequests(_ options: Options, _ folder: WorkFolder, _ table: inout Table) throws {
    let bare = try Server.bare(options, in: folder)
    let bytes = Contestant("bare bytes", bare, path: "/bytes")
    let codable = Contestant("bare Codable", bare, path: "/codable")
    let beacons = Contestant("Beacons", try .beacons(options, logLevel: "info", in: folder))
    let silent = Contestant("Beacons without log", try .beacons(options, logLevel: "none", in: folder))

    try bare.waitForFirstAnswer(pause: 1000)
    for contestant in [beacons, silent] {
        try contestant.server.waitForFirstAnswer(pause: 1000)
        try contestant.server.createBeacons()
    }
    let lengths = try [beacons, bytes, codable].map { try $0.answer().utf8.count }
    if Set(lengths).count > 1 {
        table.note("answers differ in length: Beacons \(lengths[0]), bytes \(lengths[1]), Codable \(lengths[2])")
    }

    try compete([beacons, bytes, codable, silent], options, folder, &table)
    table.add(beacons.row("get-by-id against bare bytes", against: bytes))
    table.add(beacons.row("get-by-id against bare Codable", against: codable, target: .ratioAtLeast(0.85)))
    table.add(silent.row("get-by-id, LOG_LEVEL=none, against bare bytes", against: bytes))
    table.add(silent.row("get-by-id, LOG_LEVEL=none, against bare Codable", against: codable))
}

/// Beacons' get-by-id against the same service on the toolkit's Python edition.
func measurePython(_ options: Options, _ folder: WorkFolder, _ table: inout Table) throws {
    let beacons = Contestant("Beacons", try .beacons(options, logLevel: "info", in: folder))
    let python = Contestant("Python edition", try .python(options, in: folder))
    for contestant in [beacons, python] {
        try contestant.server.waitForFirstAnswer(pause: 1000)
        try contestant.server.createBeacons()
        _ = try contestant.answer()
    }
    try compete([beacons, python], options, folder, &table)
    table.add(beacons.row("get-by-id against the Python edition", against: python, target: .ratioAtLeast(15)))
}

/// Measures all in turn, round after round; the one that begins changes with the round.
func compete(
    _ contestants: [Contestant], _ options: Options, _ folder: WorkFolder, _ table: inout Table
) throws {
    let load = try Load(options, folder)
    for contestant in contestants {
        progress("warming up \(contestant.name)")
        _ = try load.run(contestant.server.port, contestant.path, seconds: 1)
    }
    for round in 0..<options.rounds {
        for position in contestants.indices {
            let contestant = contestants[(position + round) % contestants.count]
            try contestant.measure(load, seconds: options.roundSeconds)
            let rate = number(contestant.rates[round])
            progress("round \(round + 1) of \(options.rounds): \(contestant.name) \(rate) req/s")
        }
    }
    for contestant in contestants where contestant.socketErrors > 0 {
        table.note("\(contestant.name): wrk met \(contestant.socketErrors) socket errors")
    }
}
