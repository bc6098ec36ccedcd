import Foundation
import Testing

/// The clients of the toolkit's Python edition, which nobody here wrote, call Beacons.
@Suite struct PythonClientTests {
    @Test func commandsRoutesAndErrorsAreUnderstood() async throws {
        let python = try #require(
            ProcessInfo.processInfo.environment["PIP_TEST_PYTHON"],
            "PIP_TEST_PYTHON names no Python with the toolkit's packages: run 'make test', which installs them")
        try await RunningService.run(environment: ["LOG_LEVEL": "debug"]) { service async throws in
            let script = Built.source("Tests/EndToEndTests/Peers/beacons_client.py").path
            let result = try await ChildProcess.output(of: URL(filePath: python), [script, "\(service.port)"])
            #expect(result.end == .exit(0), "\(result.output)\n\(result.errors)\n\(service.process.transcript)")
            #expect(result.output.hasSuffix("All calls answered as expected.\n"))
            // The trace id arrives. A bad request is the fault of the client.
            _ = try await service.process.waitForOutput(#/\[python:DEBUG:.*Failed to execute/#)
        }
    }
}
