import PipServicesTesting
import Testing

@testable import PipServices

/// Resolving hosts in bounded time.
@Suite(.ownThreads) struct HostResolverTests {
    private static let found = Result<[HostAddress], HostFailure>.success([HostAddress(family: 2, bytes: [1])])

    @Test("A hanging resolution blocks no caller beyond its timeout, and callers of one host share it")
    func hangingResolution() async throws {
        let gate = try Wakeup()
        let count = Locked(0)
        let resolver = HostResolver { _, _ in
            count.withLock { $0 += 1 }
            _ = gate.wait(atMost: .seconds(60))
            return Self.found
        }
        for _ in 0..<3 {
            #expect(throws: HostFailure(reason: "the host was not resolved in time")) {
                try resolver.addresses(of: "slow.test", port: 1, within: .milliseconds(30))
            }
        }
        #expect(count.current == 1 && resolver.runningCount == 1)
        gate.wake()
        try await waitUntil(within: .seconds(30)) { resolver.runningCount == 0 }
        gate.wake()
        #expect(try resolver.addresses(of: "slow.test", port: 1, within: .seconds(30)) == Self.found.get())
    }

    @Test("The number of resolutions is limited; numeric addresses need none") func bound() throws {
        let gate = try Wakeup()
        let resolver = HostResolver(limit: 2) { _, _ in
            _ = gate.wait(atMost: .milliseconds(300))
            return Self.found
        }
        for host in ["a.test", "b.test"] {
            #expect(throws: HostFailure.self) { try resolver.addresses(of: host, port: 1, within: .milliseconds(1)) }
        }
        #expect(throws: HostFailure(reason: "2 hosts are being resolved already")) {
            try resolver.addresses(of: "c.test", port: 1, within: .milliseconds(1))
        }
        for host in ["127.0.0.1", "::1"] {
            #expect(try resolver.addresses(of: host, port: 80, within: .milliseconds(1)).count == 1)
        }
    }

    @Test("A host name that does not exist or contains a zero byte has no address")
    func failures() throws {
        #expect(throws: HostFailure.self) {
            try HostResolver.shared.addresses(of: "none.invalid", port: 1, within: .seconds(30))
        }
        #expect(throws: HostFailure(reason: "the host's name contains a zero byte")) {
            try HostResolver.shared.addresses(of: "127.0.0.1\u{0}x", port: 1, within: .seconds(1))
        }
        #expect(try !HostResolver.shared.addresses(of: "localhost", port: 1, within: .seconds(30)).isEmpty)
    }
}
