import Foundation
import Glibc
import Testing

/// Byte streams with fixed seeds against the real server: valid ones, and ones that are broken at random.
///
/// A Python script sends them and checks what comes back with parsers that know nothing of the server, and a well-behaved
/// client is served all the time. `python3 Tests/EndToEndTests/Peers/fuzz_http.py http1 <port> --only <case>` repeats a
/// case that the output names.
@Suite struct HTTPFuzzTests {
    /// True for cases during 10 minutes of each protocol, which takes too long under a sanitizer.
    private static let isFull = getenv("PIP_TEST_FULL") != nil && getenv("PIP_TEST_SANITIZER") == nil
    private static let isSanitized = getenv("PIP_TEST_SANITIZER") != nil

    @Test(
        "Any input is answered as the RFCs require or closed, without leaking memory or descriptors",
        arguments: [("http1", 1500), ("http2", 100)])
    func anyInputIsAnsweredOrRefused(protocol: String, cases: Int) async throws {
        let python = try #require(
            ProcessInfo.processInfo.environment["PIP_TEST_PYTHON"],
            "PIP_TEST_PYTHON names no Python with the test's packages: run 'make test', which installs them")
        let folder = try TemporaryFolder()
        // Of connections that are left open, and requests without an end.
        let options = "{ header_timeout: 3000, idle_timeout: 3000, transfer_timeout: 3000 }"
        let config = try await HeartbeatConfig.write(in: folder, isSecure: `protocol` == "http2", options: options)
        let script = Built.source("Tests/EndToEndTests/Peers/fuzz_http.py").path
        try await RunningService.run(config: config) { service async throws in
            let secure = `protocol` == "http2" ? "https" : "http"
            func ask() async throws -> String {
                try await ChildProcess.output(
                    of: Built.command("curl"),
                    ["-sS", "-k", "--noproxy", "*", "-o", "/dev/null", "-w", "%{http_code}"]
                        + ["\(secure)://127.0.0.1:\(service.port)/heartbeat"]
                ).output
            }
            #expect(try await ask() == "200")
            let (files, memory) = (service.process.openFiles, service.process.residentKilobytes)
            var arguments = ["-B", script, `protocol`, "\(service.port)", "--cases", "\(cases)"]
            if Self.isFull { arguments += ["--seconds", "600"] }
            if Self.isSanitized { arguments += ["--bound", "200"] }
            let result = try await ChildProcess.output(
                of: URL(filePath: python), arguments, within: .seconds(Self.isFull || Self.isSanitized ? 1800 : 300))
            #expect(result.end == .exit(0), "\(result.output)\n\(result.errors)\n\(service.process.errors)")

            #expect(try await ask() == "200")
            // The connection of curl may still be closing, and the one before the first measurement is closed by now.
            let areReleased: Bool? = try await Deadline.wait { service.process.openFiles <= files + 1 ? true : nil }
            #expect(areReleased == true, "\(service.process.openFiles) files are open, of \(files) before")
            let bound = 60_000 * (Self.isSanitized ? 10 : 1)
            let grown = service.process.residentKilobytes - memory
            #expect(memory > 0 && grown < bound, "\(grown) KB, of \(bound)")
        }
    }
}
