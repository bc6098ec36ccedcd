#if PIP_AWS
import Glibc

/// Beacons as a packaged function of AWS Lambda, in the stand-in for its runtime, against a bare loop on sockets: events that
/// are answered in a second, and the time from the start of the process to the first answer.
func measureLambda(_ options: Options, _ folder: WorkFolder, _ table: inout Table) throws {
    guard let package = options.lambda else {
        return table.note("group aws: without --lambda, functions of AWS Lambda are not measured")
    }
    let bench = try LambdaBench(options, package, folder)
    defer { bench.runtime.stop() }
    var events = Row(
        name: "Lambda event to response, against a bare loop", unit: "per s", ours: [], target: .ratioAtLeast(0.9))
    var starts = Row(
        name: "cold start of the packaged function, against a bare executable", unit: "ms", ours: [],
        target: .ratioAtMost(1.3))
    for round in 0..<options.starts {
        progress("Lambda, start \(round + 1) of \(options.starts)")
        for isOurs in round.isMultiple(of: 2) ? [true, false] : [false, true] {
            let (start, rate) = try bench.run(isOurs, seconds: round < options.rounds ? options.roundSeconds : 0)
            if isOurs { starts.ours.append(start) } else { starts.baseline.append(start) }
            guard let rate else { continue }
            if isOurs { events.ours.append(rate) } else { events.baseline.append(rate) }
        }
    }
    table.add(events)
    table.add(starts)
    table.note("rows of Lambda: the stand-in for its runtime, a Python process, takes its part of each event")
}

private struct LambdaBench {
    let runtime: ChildProcess
    private let port: UInt16
    private let options: Options
    /// A folder as `scripts/lambda.sh` packages it.
    private let package: String
    private let folder: WorkFolder
    private static let event = #"{"cmd":"get_beacon_by_udi","udi":"none"}"#

    init(_ options: Options, _ package: String, _ folder: WorkFolder) throws {
        (self.options, self.package, self.folder) = (options, package, folder)
        port = try freePort()
        runtime = try ChildProcess(
            "lambda-runtime", [options.python, "Tests/Servers/lambda_runtime.py", "--port", "\(port)"], in: folder)
        for _ in 0..<1000 {
            if (try? call(port, "GET", "/test/results"))?.status == 200 { return }
            usleep(10_000)
        }
        throw runtime.failure("does not start")
    }

    /// Starts a function; returns the time to the first answer in milliseconds, and events per second from then on.
    func run(_ isOurs: Bool, seconds: Int) throws -> (start: Double, rate: Double?) {
        let process = try isOurs ? function() : bareLoop()
        defer { process.stop() }
        try invoke(process)
        let start = milliseconds(.now - process.started)
        guard seconds > 0 else { return (start, nil) }
        for _ in 0..<100 { try invoke(process) }
        let (begin, end) = (ContinuousClock.now, ContinuousClock.now + .seconds(seconds))
        var count = 0
        while ContinuousClock.now < end {
            try invoke(process)
            count += 1
        }
        return (start, Double(count) * 1000 / milliseconds(.now - begin))
    }

    /// The packaged executable with the loader and the libraries of the package, as in Lambda.
    private func function() throws -> ChildProcess {
        let library = "\(package)/lib"
        return try ChildProcess(
            "lambda-function",
            ["\(library)/ld-linux-\(Self.machine)", "--library-path", library, "\(package)/bootstrap"],
            environment: [
                "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:\(port)", "CONFIG_PATH": "\(package)/config/config.yml",
                "LOG_LEVEL": "error", "HTTP_HOST": "127.0.0.1", "HTTP_PORT": "0",
            ], in: folder)
    }

    private func bareLoop() throws -> ChildProcess {
        try ChildProcess("lambda-loop", [options.bare, "--lambda", "\(port)"], in: folder)
    }

    private func invoke(_ process: ChildProcess) throws {
        let path = "/2015-03-31/functions/f/invocations"
        guard let answer = try call(port, "POST", path, body: Self.event), answer.status == 200, answer.body == "null"
        else {
            throw process.failure("answers an event otherwise")
        }
    }

    private static var machine: String {
        #if arch(arm64)
        "aarch64.so.1"
        #else
        "x86-64.so.2"
        #endif
    }
}
#endif
