#if PIP_MEMCACHED
import PipServicesTesting
import Testing

@testable import PipServices

/// How the hosts of memcached are resolved.
@Suite(.ownThreads) struct MemcachedResolutionTests {
    private func handle(_ servers: [MemcachedServer], _ resolver: HostResolver) throws -> MemcachedHandle {
        let handle = try MemcachedHandle(
            servers, MemcachedServers.View(members: Array(servers.indices)), resolver: resolver)
        handle.setTimeout(milliseconds: 100)
        return handle
    }

    @Test("A host that is not resolved in time fails the call, and is tried again by the next") func hangingHost()
        throws
    {
        let gate = try Wakeup()
        let isBack = Locked(false)
        let resolver = HostResolver { host, port in
            if !isBack.current { _ = gate.wait(atMost: .seconds(60)) }
            return HostResolver.look(up: "127.0.0.1", port: port)
        }
        let client = try handle([MemcachedServer(host: "localhost", port: UInt16(MemcachedFixture.port()))], resolver)
        let fault = #expect(throws: MemcachedFault.self) { try client.set("k", [1], 0) }
        #expect(fault?.kind == .connectionFailed && fault?.reason == "the host was not resolved in time")
        isBack.withLock { $0 = true }
        gate.wake()
        client.setTimeout(milliseconds: 20_000)
        try client.set(DriverFixture.key("resolved"), [1], 0)
    }

    @Test("The server of a key depends on the names of the servers and not on their addresses") func hashKey() throws {
        let servers = [MemcachedServer(host: "one.test", port: 11211), MemcachedServer(host: "two.test", port: 11211)]
        let keys = (0..<200).map { "key\($0)" }
        let before = try handle(servers, HostResolver { _, port in HostResolver.look(up: "127.0.0.1", port: port) })
        let after = try handle(servers, HostResolver { _, port in HostResolver.look(up: "127.0.0.2", port: port) })
        let first = keys.map { before.server(of: $0) }
        #expect(keys.map { after.server(of: $0) } == first)
        // The host is looked for, and not found by the library.
        _ = try? before.get(keys[0])
        #expect(keys.map { before.server(of: $0) } == first, "after an attempt to connect")
        #expect(Set(keys.map { before.server(of: $0) }).count == 2)
    }
}
#endif
