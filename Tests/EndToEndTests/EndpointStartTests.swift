import Testing

/// What an endpoint starts, in a process without other servers.
@Suite struct EndpointStartTests {
    @Test("An endpoint starts event loops when it listens, not when it is created or opened")
    func eventLoopsStartLate() async throws {
        let result = try await ChildProcess.output(of: try Built.executable("EndpointStarter"), [])
        #expect(result.end == .exit(0), "\(result.errors)")
        let match = result.output.firstMatch(of: #/RESULT (\d+) (\d+)/#)?.output
        let (_, opened, listening) = try #require(match, "\(result.output)")
        #expect(opened == "0")
        #expect(listening != "0", "event loops have threads of another name: this proves nothing")
    }
}
