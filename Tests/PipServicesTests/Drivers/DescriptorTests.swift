#if PIP_REDIS && PIP_MEMCACHED && PIP_MQTT && PIP_MONGODB && PIP_CURL && PIP_HTTP
import Foundation
import Glibc
import PipServicesTesting
import Testing

@testable import PipServices

/// What a process that the service starts gets to have of the service's descriptors.
@Suite struct DescriptorTests {
    private struct Descriptor: Hashable, CustomStringConvertible {
        let number: String
        /// What it is: `socket:[1]`, `anon_inode:[eventfd]`, a path.
        let link: String

        var description: String { "\(number) -> \(link)" }
    }

    /// A process that is started with everything that is not closed by itself.
    private final class Child {
        private var pid: pid_t = 0

        init() throws {
            var words: [UnsafeMutablePointer<CChar>?] = [strdup("sleep"), strdup("60"), nil]
            defer { for word in words { free(word) } }
            let code = posix_spawnp(&pid, "sleep", nil, nil, &words, environ)
            try #require(code == 0, "sleep can't be started: \(String(cString: strerror(code)))")
        }

        deinit {
            kill(pid, SIGKILL)
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        }

        var descriptors: Set<Descriptor> { DescriptorTests.descriptors(of: "\(pid)") }
    }

    private static func descriptors(of process: String) -> Set<Descriptor> {
        let (files, folder) = (FileManager.default, "/proc/\(process)/fd")
        let numbers = (try? files.contentsOfDirectory(atPath: folder)) ?? []
        return Set(
            numbers.compactMap { number in
                let link = try? files.destinationOfSymbolicLink(atPath: "\(folder)/\(number)")
                return link.map { Descriptor(number: number, link: $0) }
            })
    }

    @Test("Child processes inherit no descriptor of a connection, a server or a file")
    func inheritance() async throws {
        try await Program.withFolder { folder in
            let before = Self.descriptors(of: "self")

            let redis = try await RedisFixture.connection()
            let subscription = try await redis.subscribe(.empty, channels: [DriverFixture.key()], patterns: [])
            let memcached = try await assemble(
                MemcachedConnection(), config: ["connection.uri": "memcached://127.0.0.1:\(MemcachedFixture.port())"])
            try await memcached.open(.empty)
            try await memcached.checkReadiness(.empty)
            let mqtt = try await assemble(MQTTConnection(), config: try MQTTFixture.config())
            try await mqtt.open(.empty)
            _ = try await mqtt.collect(MQTTFixture.topic())
            let mongoDB = try await MongoDBFixture.connection()
            try await mongoDB.checkReadiness(.empty)
            let endpoint = try await assemble(
                HTTPEndpoint(), config: ["connection.host": "127.0.0.1", "connection.port": "0"])
            try await endpoint.open(.empty)
            try await endpoint.startAccepting(.empty)
            let curl = try await assemble(CurlConnector())
            let url = "http://127.0.0.1:\(endpoint.port ?? 0)/none"
            #expect(try await curl.send(.empty, HTTPClientRequest(.get, url)).status == 404)
            let items = try await assemble(IdentifiableFilePersistence<PersistenceItem>(path: folder + "/items.json"))
            try await items.open(.empty)
            _ = try await items.create(.empty, PersistenceItem(id: "1", key: "a"))
            let queue = try await assemble(FileMessageQueue("q", path: folder + "/queue.json"))
            try await queue.open(.empty)
            try await queue.send(.empty, MessageEnvelope(.empty, "t", "a"))

            // Those of other tests among them close by themselves too. The event loops of NIO may be older.
            let own = Self.descriptors(of: "self").filter { !before.contains($0) || $0.link.contains("[eventpoll]") }
            let links = own.map(\.link)
            // Redis has 2 sockets, memcached, MongoDB and libcurl 1, MQTT and the server 2 at least.
            #expect(links.count { $0.hasPrefix("socket:") } >= 9, "\(links)")
            for part in ["[eventpoll]", "[eventfd]", folder] {
                #expect(links.contains { $0.contains(part) }, "\(part): \(links)")
            }
            let inherited = Glibc.open("/dev/null", O_RDONLY)
            defer { close(inherited) }
            #expect(try Child().descriptors.contains { $0.number == "\(inherited)" }, "the child has what it can have")
            // The local sockets of libmosquitto get their flag a moment after they are created, and so may those of other tests.
            var left: Set<Descriptor> = []
            try? await waitUntil(within: .seconds(30)) {
                left = try Child().descriptors.intersection(own)
                return left.isEmpty
            }
            #expect(left.isEmpty, "\(left)")

            try await queue.close(.empty)
            try await items.close(.empty)
            try await curl.close(.empty)
            try await endpoint.close(.empty)
            try await mongoDB.close(.empty)
            try await mqtt.close(.empty)
            try await memcached.close(.empty)
            subscription.cancel()
            try await redis.close(.empty)
        }
    }
}
#endif
