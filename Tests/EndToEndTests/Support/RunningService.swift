import Foundation

/// A service of this package, running as a process of its own on a free port.
struct RunningService: Sendable {
    let process: ChildProcess
    let port: Int

    /// The address on which it answers.
    var address: String { "http://127.0.0.1:\(port)" }

    /// Starts a service, waits until it listens, and hands it to `body`. `HTTP_PORT` is 0 unless told otherwise.
    static func run<Result>(
        _ executable: String = "beacons", config: URL = beaconsConfig, arguments: [String] = [],
        environment: [String: String] = [:], _ body: (RunningService) async throws -> Result
    ) async throws -> Result {
        try await start(executable, config: config, arguments: arguments, environment: environment) { process in
            let match = try await process.waitForOutput(#/is listening on https?://[^ ]+:(\d+)\n/#)
            guard let port = Int(match.1), port > 0 else { throw Failure("\(match.0) tells no port") }
            // The last line that is written at the start: the service is complete.
            _ = try await process.waitForOutput(#/Container \w+ started\n/#)
            return try await body(RunningService(process: process, port: port))
        }
    }

    /// Starts a service that need not get as far as to listen.
    static func start<Result>(
        _ executable: String = "beacons", config: URL, arguments: [String] = [], environment: [String: String] = [:],
        _ body: (ChildProcess) async throws -> Result
    ) async throws -> Result {
        let variables = ["HTTP_PORT": "0", "HTTP_HOST": "127.0.0.1"].merging(environment) { $1 }
        return try await ChildProcess.run(
            Built.executable(executable), ["--config", config.path] + arguments,
            environment: ChildEnvironment.make(variables), body)
    }

    /// The configuration that `make run` uses.
    static let beaconsConfig = Built.source("Sources/Beacons/config/config.yml")

    /// Calls a command of Beacons by curl.
    func call(_ command: String, _ arguments: String = "{}") async throws -> HTTPAnswer {
        try await Curl.request("POST", "\(address)/v1/beacons/\(command)", body: arguments)
    }

    /// Requests a path by curl.
    func request(
        _ method: String, _ path: String, body: String? = nil, headers: [String] = []
    ) async throws -> HTTPAnswer {
        try await Curl.request(method, address + path, body: body, headers: headers)
    }
}
