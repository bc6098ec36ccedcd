import Foundation
import Glibc
import TestSupport
import Testing

/// Many clients that mean harm, or know no better, at once. All the while a well-behaved client is answered, and the
/// memory of the service stays below a bound.
@Suite struct HostileClientTests {
    /// True for as many of each kind as the service must stand, which takes too long under a sanitizer.
    private static let isFull = ProcessInfo.processInfo.environment["PIP_TEST_FULL"] != nil && !isSanitized
    /// What a connection may take: its handlers, buffers and task, in a build for tests.
    private static let connectionKilobytes = 50
    /// What the service may take beside that: what it answers others with, and pieces of bodies under way.
    private static let otherKilobytes = 60_000

    @Test func idleConnectionsLeaveRoomForOthers() async throws {
        let count = Self.isFull ? 5000 : 300
        try await run(count) { port in
            (0..<count).compactMap { index in
                guard let client = try? RawConnection(port: port) else { return nil }
                // Half of them have sent part of a header.
                if index % 2 == 0 { client.offer("GET / HTTP/1.1\r\nHost: h\r\n") }
                return (client, { _ in })
            }
        }
    }

    @Test func mixedAttacksLeaveRoomForOthers() async throws {
        let share = Self.isFull ? 200 : 10
        let kinds: [(first: String, more: String)] = [
            // Header and body byte by byte.
            ("GET /heartbeat HTTP/1.1\r\nHost: h\r\n", "X: y\r\n"),
            ("POST /v1/beacons/get_beacons HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n", " "),
            // A header and a body without an end.
            ("GET /heartbeat HTTP/1.1\r\nHost: h\r\n", "X: " + String(repeating: "y", count: 60_000) + "\r\n"),
            (
                "POST /v1/beacons/get_beacons HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n",
                "8000\r\n" + String(repeating: " ", count: 0x8000) + "\r\n"
            ),
            // Requests whose answers are never read.
            ("", String(repeating: "GET /status HTTP/1.1\r\nHost: h\r\n\r\n", count: 1000)),
            // No HTTP, and what can be read in two ways.
            ("", String(repeating: "\u{0}\u{1}garbage", count: 1000)),
            ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "GET /heartbeat HTTP/1.1\r\n\r\n"),
            ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\nContent-Length: 3\r\n\r\n", "0\r\n\r\n"),
        ]
        try await run(share * kinds.count) { port in
            kinds.flatMap { kind in
                (0..<share).compactMap { _ in
                    guard let client = try? RawConnection(port: port) else { return nil }
                    client.offer(kind.first)
                    return (client, { $0.offer(kind.more) })
                }
            }
        }
    }

    // MARK: - Internal

    private typealias Attacker = (client: RawConnection, goOn: (RawConnection) -> Void)

    /// Starts the service and the attackers, and lets a well-behaved client ask all the while.
    private func run(_ connections: Int, _ attack: (Int) -> [Attacker]) async throws {
        Self.raiseDescriptorLimit()
        try await RunningService.run(environment: [:]) { service async throws in
            try await Self.ask(service.port)
            let before = service.process.residentKilobytes
            let attackers = attack(service.port)
            #expect(attackers.count == connections)
            var most = before
            for _ in 0..<(Self.isFull ? 200 : 50) {
                for attacker in attackers { attacker.goOn(attacker.client) }
                try await Self.ask(service.port)
                most = max(most, service.process.residentKilobytes)
            }
            #expect(before > 0)
            let bound = connections * Self.connectionKilobytes + Self.otherKilobytes
            #expect(most - before < bound * (Self.isSanitized ? 10 : 1), "\(most - before) KB, of \(bound)")
        }
    }

    /// A whole answer, within the time that tests wait for anything.
    private static func ask(_ port: Int) async throws {
        let client = try RawConnection(port: port)
        try await client.send("GET /heartbeat HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        let answer = try HTTPAnswer(parsing: try await client.receiveAll())
        #expect(answer.status == 200)
    }

    private static func raiseDescriptorLimit() {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(resource, &limit)
    }

    /// Sanitizers keep books of their own about memory.
    private static let isSanitized = dlsym(nil, "__asan_init") != nil || dlsym(nil, "__tsan_init") != nil
}
