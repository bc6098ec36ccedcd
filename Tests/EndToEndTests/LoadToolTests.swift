import Foundation
import Testing

/// The usual programs for load run against the server without errors, where they are installed.
@Suite struct LoadToolTests {
    @Test(
        "All requests of h2load are answered, over HTTP/2 and HTTP/1.1", .enabled(if: isInstalled("h2load")),
        arguments: [true, false])
    func h2load(isSecure: Bool) async throws {
        let output = try await run(
            "h2load", ["-n", "500", "-c", "5", "-m", "10"] + (isSecure ? [] : ["--h1"]), isSecure: isSecure)
        #expect(output.contains("500 succeeded, 0 failed, 0 errored, 0 timeout"), "\(output)")
        #expect(output.contains("status codes: 500 2xx,"), "\(output)")
        #expect(output.contains("Application protocol: \(isSecure ? "h2" : "http/1.1")\n"), "\(output)")
    }

    @Test(
        "All requests of ab, an HTTP/1.0 client, are answered, with and without keep-alive",
        .enabled(if: isInstalled("ab")), arguments: [[], ["-k"]])
    func ab(options: [String]) async throws {
        let output = try await run("ab", options + ["-q", "-n", "500", "-c", "10"], isSecure: false)
        #expect(output.contains(#/Complete requests: +500\n/#), "\(output)")
        #expect(output.contains(#/Failed requests: +0\n/#), "\(output)")
        #expect(!output.contains("Non-2xx responses"), "\(output)")
        if !options.isEmpty { #expect(output.contains(#/Keep-Alive requests: +500\n/#), "\(output)") }
    }

    @Test("All requests of wrk are answered", .enabled(if: isInstalled("wrk")), arguments: [true, false])
    func wrk(isSecure: Bool) async throws {
        let output = try await run("wrk", ["-t1", "-c10", "-d1s", "--timeout", "60s"], isSecure: isSecure)
        #expect(output.contains(#/[1-9]\d* requests in /#), "\(output)")
        #expect(!output.contains("Socket errors"), "\(output)")
        #expect(!output.contains("Non-2xx"), "\(output)")
    }

    // MARK: - Internal

    private static func isInstalled(_ name: String) -> Bool { (try? Built.command(name)) != nil }

    /// What a program prints that calls a service.
    private func run(_ program: String, _ arguments: [String], isSecure: Bool) async throws -> String {
        let folder = try TemporaryFolder()
        let config = try await HeartbeatConfig.write(in: folder, isSecure: isSecure)
        return try await RunningService.run(config: config) { service async throws in
            let address = "\(isSecure ? "https" : "http")://127.0.0.1:\(service.port)/heartbeat"
            let result = try await ChildProcess.output(of: Built.command(program), arguments + [address])
            #expect(result.end == .exit(0), "\(result.errors)")
            return result.output
        }
    }
}
