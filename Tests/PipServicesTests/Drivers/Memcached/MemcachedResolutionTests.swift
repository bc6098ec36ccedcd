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

    @Test("A host that is not resolved in time fails the call, and the next call tries again") func hangingHost()
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

    @Test("The server of a key depends on server names, not on addresses") func hashKey() throws {
        let servers = [MemcachedServer(host: "one.test", port: 11211), MemcachedServer(host: "two.test", port: 11211)]
        let keys = (0..<200).map { "key\($0)" }
        let before = try handle(servers, HostResolver { _, port in HostResolver.look(up: "127.0.0.1", port: port) })
        let after = try handle(servers, HostResolver { _, port in HostResolver.look(up: "127.0.0.2", port: port) })
        let first = keys.map { before.server(of: $0) }
        #expect(keys.map { after.server(of: $0) } == first)
        _ = try? before.get(keys[0])
        #expect(keys.map { before.server(of: $0) } == first, "after an attempt to connect")
        #expect(Set(keys.map { before.server(of: $0) }).count == 2)
    }

    @Test(
        "The library resolves no names, and of several addresses an accepting one is used",
        arguments: [[1], [3, 2, 1]])
    func addresses(hosts: [Int]) throws {
        let resolver = HostResolver { _, port in
            .success(hosts.flatMap { (try? HostResolver.look(up: "127.0.0.\($0)", port: port).get()) ?? [] })
        }
        // No system knows this name.
        let server = MemcachedServer(host: "cache.invalid", port: UInt16(try MemcachedFixture.port()))
        let client = try handle([server], resolver)
        client.setTimeout(milliseconds: 20_000)
        let key = DriverFixture.key("address")
        try client.set(key, [1], 0)
        #expect(try client.get(key) == [1])
    }

    @Test("Each server has the keys of its name, and an unknown host fails only its own")
    func severalServers() async throws {
        let processes = [try await ServerProcess.memcached(), try await ServerProcess.memcached()]
        let isKnown = Locked(false)
        let resolver = HostResolver { host, port in
            host == "two.invalid" && !isKnown.current
                ? .failure(HostFailure(reason: "nobody knows it")) : HostResolver.look(up: "127.0.0.1", port: port)
        }
        let servers = zip(["one.invalid", "two.invalid"], processes).map {
            MemcachedServer(host: $0, port: UInt16($1.port))
        }
        let client = try handle(servers, resolver)
        client.setTimeout(milliseconds: 20_000)
        let keys = (0..<40).map { "key\($0)" }
        let request = try MultiGetRequest(keys, MemcachedKeyRules(MemcachedOptions()), .empty)
        #expect(Set(keys.map { client.server(of: $0) }) == [0, 1])
        for key in keys {
            if client.server(of: key) == 0 {
                try client.set(key, Array(key.utf8), 0)
            } else {
                let fault = #expect(throws: MemcachedFault.self) { try client.set(key, Array(key.utf8), 0) }
                #expect(fault?.reason == "nobody knows it" && fault?.server == 1)
            }
        }
        isKnown.withLock { $0 = true }
        for key in keys where client.server(of: key) == 1 { try client.set(key, Array(key.utf8), 0) }
        #expect(try client.getMany(request).count == keys.count)
        for (index, process) in processes.enumerated() {
            let alone = try handle([MemcachedServer(host: "127.0.0.1", port: UInt16(process.port))], .shared)
            alone.setTimeout(milliseconds: 20_000)
            let own = keys.filter { client.server(of: $0) == index }
            #expect(Set(try alone.getMany(request).keys) == Set(own))
        }
    }
}
#endif
