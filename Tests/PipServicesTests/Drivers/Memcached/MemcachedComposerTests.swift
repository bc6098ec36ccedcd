import PipServicesTesting
import Testing

@testable import PipServices

@Suite struct MemcachedComposerTests {
    @Test(
        "Servers are parsed from hosts, ports and URIs",
        arguments: [
            (["connection.host": "a"], ["a:11211"]),
            (["connection.host": "a", "connection.port": "1"], ["a:1"]),
            (
                ["connections.1.host": "a", "connections.2.host": "::1", "connections.2.port": "2"],
                ["a:11211", "[::1]:2"]
            ),
            (["connection.uri": "memcached://a:1,b,[::1]:3"], ["a:1", "b:11211", "[::1]:3"]),
            (["connection.uri": "a:1"], ["a:1"]),
            (["connection.uri": "a"], ["a:11211"]),
            (["connections.1.uri": "tcp://a", "connections.2.host": "b"], ["a:11211", "b:11211"]),
        ] as [(ConfigParams, [String])])
    func readsServers(config: ConfigParams, servers: [String]) async throws {
        let resolver = try await assemble(CompositeConnectionResolver(MemcachedComposer()), config: config)
        let options = try await resolver.resolve(.empty)
        #expect(MemcachedComposer.servers(in: options).map(\.description) == servers)
    }
}
