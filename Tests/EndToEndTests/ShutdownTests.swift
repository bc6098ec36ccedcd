import Foundation
import TestSupport
import Testing

/// What becomes of requests in flight when a service is told to stop.
@Suite struct ShutdownTests {
    private static let body = #"{"beacon":{"id":"1","site_id":"1","udi":"001"}}"#

    @Test func sigtermInMidRequestStillAnswers() async throws {
        try await run { service, request async throws in
            service.process.send(SIGTERM)
            try await RawConnection.waitForRefusal(port: service.port)
            try await request.send(String(Self.body.dropFirst(20)))
            let answer = try HTTPAnswer(parsing: try await request.receiveAll())
            #expect(answer.status == 200)
            #expect(try answer.json == ["id": "1", "site_id": "1", "udi": "001", "type": "unknown"])
            #expect(answer.headers["content-length"] == "\(answer.body.utf8.count)")
            #expect(try await service.process.end() == .exit(0))
            #expect(service.process.output.contains("Container beacons stopped\n"))
        }
    }

    @Test func idleConnectionsDoNotHoldUpTheEnd() async throws {
        // Half of the bound is for requests in flight, of which there are none: the wait for the end is shorter.
        let config = try Self.config(adding: Self.bound(milliseconds: 600_000))
        defer { withExtendedLifetime(config.folder) {} }
        try await RunningService.run(config: config.file) { service async throws in
            let silent = try RawConnection(port: service.port)
            let kept = try RawConnection(port: service.port)
            try await kept.send("GET /heartbeat HTTP/1.1\r\nHost: localhost\r\n\r\n")
            _ = try await kept.receive(until: "Z\"")
            service.process.send(SIGTERM)
            #expect(try await service.process.end() == .exit(0))
            #expect(try await silent.receiveAll().isEmpty)
        }
    }

    @Test func aSecondSignalEndsAtOnce() async throws {
        try await run(adding: Self.bound(milliseconds: 600_000)) { service, request async throws in
            service.process.send(SIGTERM)
            // Two signals at the same time would be taken for one.
            try await RawConnection.waitForRefusal(port: service.port)
            service.process.send(SIGTERM)
            #expect(try await service.process.end() == .exit(128 + SIGTERM))
            #expect(try await request.receiveAll().isEmpty)
        }
    }

    @Test func aRequestThatNeverEndsOverruns() async throws {
        try await run(adding: Self.bound(milliseconds: 1000)) { service, request async throws in
            service.process.send(SIGTERM)
            #expect(try await service.process.end() == .exit(1))
            let endpoint = "pip-services:endpoint:http:default:1.0"
            #expect(
                service.process.errors.contains(
                    "\(endpoint) still had work in flight after 500 ms, which is cancelled\n"))
            #expect(!service.process.errors.contains("CancellationError"))
            #expect(service.process.errors.contains("Container 'beacons' did not shut down in time: \(endpoint)\n"))
            let answer = try HTTPAnswer(parsing: try await request.receiveAll())
            #expect(answer.status == 503)
        }
    }

    @Test("SIGHUP reloads the configuration; with a controlling terminal it shuts down")
    func hangup() async throws {
        let folder = try TemporaryFolder()
        let usual = try String(contentsOf: RunningService.beaconsConfig, encoding: .utf8)
        func write(maintenance: Bool) throws -> URL {
            let settings = "  options: { maintenance_enabled: \(maintenance) }\n  connection:\n    protocol"
            return try folder.write("config.yml", usual.replacing("  connection:\n    protocol", with: settings))
        }
        let terminal = open("/dev/tty", O_RDONLY | O_NOCTTY)
        if terminal >= 0 { close(terminal) }
        try await RunningService.run(config: write(maintenance: false)) { service async throws in
            #expect(try await service.call("get_beacons").status == 200)
            _ = try write(maintenance: true)
            service.process.send(SIGHUP)
            guard terminal < 0 else {
                #expect(try await service.process.end() == .exit(0))
                return
            }
            _ = try await service.process.waitForOutput(#/has applied the changes/#)
            #expect(try await service.call("get_beacons").status == 503)
        }
    }

    @Test("A service with a blocked console answers requests, and stops on request")
    func aStuckConsoleStallsNothing() async throws {
        let folder = try TemporaryFolder()
        let console = folder.url.appending(path: "console").path
        let code = mkfifo(console, 0o600)
        try #require(code == 0)
        let reader = open(console, O_RDONLY | O_NONBLOCK)
        defer { close(reader) }
        // F_SETPIPE_SZ: the least that Linux takes.
        _ = fcntl(reader, 1031, 4096)
        let executable = try Built.executable("beacons").path
        let process = try SpawnedProcess(
            executable, ["--config", RunningService.beaconsConfig.path],
            environment: ChildEnvironment.make(["HTTP_PORT": "0", "HTTP_HOST": "127.0.0.1", "LOG_LEVEL": "trace"]),
            folder: folder.url.path, output: console, errors: console)
        defer { process.killGroup() }
        // What is printed at the start is read, and nothing of what comes later.
        var printed: [UInt8] = []
        let port: Int? = try await Deadline.wait {
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = read(reader, &buffer, buffer.count)
            if count > 0 { printed += buffer[..<count] }
            let text = String(decoding: printed, as: UTF8.self)
            guard text.contains("Ctrl-C stops it"),
                let match = text.firstMatch(of: #/is listening on https?://[^ ]+:(\d+)\n/#)
            else { return nil }
            return Int(match.1)
        }
        let connection = try RawConnection(port: try #require(port))
        // Each request writes lines of some 100 bytes.
        for _ in 0..<100 {
            try await connection.send("GET /heartbeat HTTP/1.1\r\nHost: localhost\r\n\r\n")
            _ = try await connection.receive(until: "Z\"")
        }
        process.send(SIGTERM)
        let end: SpawnedProcess.End? = try await Deadline.wait { process.end }
        #expect(end == .exit(0))
    }

    // MARK: - Internal

    /// The setting of how long a shutdown may take.
    private static func bound(milliseconds: Int) -> String {
        """

        - descriptor: "pip-services:container:default:default:1.0"
          shutdown: { timeout: \(milliseconds) }
        """
    }

    /// A configuration, which is there as long as its folder.
    private static func config(adding settings: String) throws -> (folder: TemporaryFolder, file: URL) {
        let folder = try TemporaryFolder()
        let usual = try String(contentsOf: RunningService.beaconsConfig, encoding: .utf8)
        return (folder, try folder.write("config.yml", usual + settings))
    }

    /// Runs a service, and a request of which it has got half of the body.
    private func run(
        adding settings: String = "", _ body: (RunningService, RawConnection) async throws -> Void
    ) async throws {
        let config = try Self.config(adding: settings)
        defer { withExtendedLifetime(config.folder) {} }
        try await RunningService.run(config: config.file, environment: ["LOG_LEVEL": "trace"]) { service async throws in
            let request = try RawConnection(port: service.port)
            let head = "POST /v1/beacons/create_beacon HTTP/1.1\r\nHost: localhost\r\n"
            try await request.send(head + "Content-Length: \(Self.body.utf8.count)\r\n\r\n" + Self.body.prefix(20))
            // Logged before the body is read: the request is in flight.
            _ = try await service.process.waitForOutput(#/Executing v1\/beacons\.create_beacon method\n/#)
            try await body(service, request)
        }
    }
}
