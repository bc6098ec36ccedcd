import Glibc

/// The load generator wrk, posting the same body over and over on connections that stay open.
struct Load {
    struct Result {
        let requests: Double
        let seconds: Double
        let socketErrors: Int

        var rate: Double { requests / seconds }
    }

    static let body = #"{"beacon_id":"beacon-50"}"#

    private let options: Options
    private let folder: WorkFolder
    private let script: String

    init(_ options: Options, _ folder: WorkFolder) throws {
        self.options = options
        self.folder = folder
        script = folder.file("post.lua")
        // `request` and `response` stay undefined: wrk then runs no Lua while it measures.
        try writeText(
            """
            wrk.method = "POST"
            wrk.body = '\(Self.body)'
            wrk.headers["Content-Type"] = "application/json"
            function done(summary, latency, requests)
                local errors = summary.errors
                print("RESULT", summary.requests, summary.duration, errors.status,
                    errors.connect + errors.read + errors.write + errors.timeout)
            end

            """, to: script)
    }

    func run(_ port: UInt16, _ path: String, seconds: Int) throws -> Result {
        let wrk = try ChildProcess(
            "wrk",
            [
                options.wrk, "--threads", "1", "--connections", "\(options.connections)", "--duration", "\(seconds)s",
                "--timeout", "10s", "--script", script, "http://127.0.0.1:\(port)\(path)",
            ], in: folder)
        try wrk.finish()
        let line = wrk.printed.split(separator: "\n").last { $0.hasPrefix("RESULT") }
        let numbers = line?.split(separator: "\t").dropFirst().compactMap { Double($0) } ?? []
        guard numbers.count == 4 else { throw wrk.failure("printed no result") }
        guard numbers[0] > 0, numbers[1] > 0 else { throw wrk.failure("got no answer from \(path)") }
        guard numbers[2] == 0 else { throw wrk.failure("got \(Int(numbers[2])) error answers from \(path)") }
        return Result(requests: numbers[0], seconds: numbers[1] / 1_000_000, socketErrors: Int(numbers[3]))
    }
}
