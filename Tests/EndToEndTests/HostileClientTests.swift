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
    private static let connectionKilobytes = 40
    /// What the service may take beside that: what it answers others with, and pieces of bodies under way.
    private static let otherKilobytes = 60_000

    /// How long a well-behaved client may wait for its answer, on a slow machine too.
    private static let answerBound = Duration.seconds(isSanitized ? 100 : 20)

    @Test func idleConnectionsLeaveRoomForOthers() async throws {
        // Half of them have sent part of a header.
        let kinds = ["", "GET / HTTP/1.1\r\nHost: h\r\n"].map { Attack(first: $0) }
        try await run(kinds, (Self.isFull ? 5000 : 300) / kinds.count)
    }

    @Test func mixedAttacksLeaveRoomForOthers() async throws {
        let kinds: [(first: String, more: String)] = [
            // Header and body byte by byte.
            ("GET /heartbeat HTTP/1.1\r\nHost: h\r\n", "X: y\r\n"),
            ("POST /v1/beacons/get_beacons HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n", " "),
            // A header and a body without an end.
            ("GET /heartbeat HTTP/1.1\r\nHost: h\r\n", "X: " + String(repeating: "y", count: 4000) + "\r\n"),
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
        try await run(kinds.map { Attack(first: $0.first, more: $0.more) }, Self.isFull ? 200 : 10)
    }

    /// What follows an upgrade that is not supported is the next request, and no stream of another protocol.
    @Test("Bytes after an upgrade are not buffered, however many follow") func bytesBehindUpgradesAreNotKept()
        async throws
    {
        let fields = "Host: h\r\nConnection: Upgrade\r\nUpgrade: "
        let requests = [
            "GET /heartbeat HTTP/1.1\r\n\(fields)h2c\r\n\r\n", "GET /heartbeat HTTP/1.1\r\n\(fields)websocket\r\n\r\n",
            "POST /v1/beacons/get_beacons HTTP/1.1\r\n\(fields)h2c\r\nContent-Length: 2\r\n\r\n{}",
        ]
        // A frame of WebSocket, text without an end of line, and lines without an end of the header.
        let pieces: [[UInt8]] = [
            [0x82, 0x7F] + [UInt8](repeating: 0x16, count: 100_000), [UInt8](repeating: 0x78, count: 100_000),
            Array(String(repeating: "X: y\r\n", count: 15_000).utf8),
        ]
        try await RunningService.run { service async throws in
            try await Self.ask(service.port)
            let before = service.process.residentKilobytes
            try await withThrowingTaskGroup(of: Void.self) { group in
                for request in requests {
                    for piece in pieces {
                        group.addTask {
                            let client = try RawConnection(port: service.port)
                            try await client.send(request)
                            #expect(try await client.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 200 "))
                            // Until the service closes.
                            var isTaken = true
                            for _ in 0..<1000 where isTaken {
                                isTaken = try await client.send(piece)
                                try await Task.sleep(for: .milliseconds(5))
                            }
                            #expect(!isTaken)
                        }
                    }
                }
                group.addTask {
                    for _ in 0..<5 { try await Self.ask(service.port) }
                }
                try await group.waitForAll()
            }
            let grown = service.process.residentKilobytes - before
            #expect(before > 0 && grown < Self.otherKilobytes * (Self.isSanitized ? 10 : 1), "\(grown) KB")
        }
    }

    /// Hummingbird leaves it to NIO to count the streams that are reset.
    @Test func resetStreamsLeaveRoomForOthers() async throws {
        let folder = try TemporaryFolder()
        let config = try await HeartbeatConfig.write(in: folder, isSecure: true)
        let script = Built.source("Tests/EndToEndTests/Peers/reset_flood.py").path
        let time = Duration.seconds(Self.isFull ? 60 : 3)
        try await RunningService.run(config: config) { service async throws in
            func ask() async throws {
                let start = ContinuousClock.now
                let answer = try await ChildProcess.output(
                    of: Built.command("curl"),
                    ["-sS", "--noproxy", "*", "-k", "-o", "/dev/null", "-w", "%{http_version} %{http_code}"]
                        + ["https://127.0.0.1:\(service.port)/heartbeat"])
                #expect(answer.output == "2 200", "\(answer.errors)")
                #expect(ContinuousClock.now - start < Self.answerBound)
            }
            try await ask()
            let before = service.process.residentKilobytes
            try await ChildProcess.run(
                try Built.command("python3"), [script, "\(service.port)"]
            ) { flood async throws in
                _ = try await flood.waitForOutput(#/READY\n/#)
                var (most, asked) = (before, 0)
                let start = ContinuousClock.now
                // On a busy machine some seconds may pass between two questions.
                while asked < 3 || ContinuousClock.now - start < time {
                    try await ask()
                    asked += 1
                    most = max(most, service.process.residentKilobytes)
                }
                #expect(!flood.hasEnded)
                flood.send(SIGTERM)
                #expect(try await flood.waitForOutput(#/CUT (\d+)\n/#).1 != "0")
                let bound = Self.otherKilobytes * (Self.isSanitized ? 10 : 1)
                #expect(before > 0 && most - before < bound, "\(most - before) KB, of \(bound)")
            }
            try await ask()
        }
    }

    // MARK: - Internal

    /// What a kind of attackers sends: when they have connected, and then over and over.
    private struct Attack {
        var first: String
        var more: String?
    }

    /// One who attacks.
    private struct Attacker {
        let attack: Attack
        /// Nil when there is no connection.
        let client: RawConnection?

        init(_ attack: Attack, _ port: Int) {
            self.attack = attack
            client = try? RawConnection(port: port)
            client?.offer(attack.first)
        }

        /// Sends more. False when the service has cut the connection.
        var goesOn: Bool { attack.more.map { client?.offer($0) == true } ?? true }
    }

    /// Starts the service and so many attackers of each kind, and lets a well-behaved client ask all the while. Who is
    /// cut off comes back.
    private func run(_ attacks: [Attack], _ share: Int) async throws {
        Self.raiseDescriptorLimit()
        let folder = try TemporaryFolder()
        try await RunningService.run(config: try Self.config(in: folder)) { service async throws in
            try await Self.ask(service.port)
            let before = service.process.residentKilobytes
            // Connecting takes seconds when the service lets nobody in.
            var attackers = await onOwnThread { [port = service.port] in
                attacks.flatMap { attack in (0..<share).map { _ in Attacker(attack, port) } }
            }
            #expect(attackers.count { $0.client != nil } == attacks.count * share)
            if attacks.allSatisfy({ $0.more == nil }) {
                let areHeld: Bool? = try await Deadline.wait {
                    service.process.openFiles > attackers.count ? true : nil
                }
                #expect(areHeld == true, "\(service.process.openFiles) files are open")
            }
            var most = before
            for _ in 0..<(Self.isFull ? 200 : 50) {
                attackers = await onOwnThread { [attackers, port = service.port] in
                    attackers.map { $0.goesOn ? $0 : Attacker($0.attack, port) }
                }
                try await Self.ask(service.port)
                most = max(most, service.process.residentKilobytes)
            }
            #expect(before > 0)
            let bound = attackers.count * Self.connectionKilobytes + Self.otherKilobytes
            #expect(most - before < bound * (Self.isSanitized ? 10 : 1), "\(most - before) KB, of \(bound)")
        }
    }

    /// The configuration of Beacons, with time enough for idle connections to stay.
    private static func config(in folder: TemporaryFolder) throws -> URL {
        let text = try String(contentsOf: RunningService.beaconsConfig, encoding: .utf8)
        let endpoint = #"- descriptor: "pip-services:endpoint:http:default:1.0""#
        try #require(text.contains(endpoint))
        let options = "\n  options: { header_timeout: 600000, idle_timeout: 600000 }"
        return try folder.write("config.yml", text.replacing(endpoint, with: endpoint + options))
    }

    /// A whole answer, in time.
    private static func ask(_ port: Int) async throws {
        let start = ContinuousClock.now
        let client = try RawConnection(port: port)
        try await client.send("GET /heartbeat HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        let answer = try HTTPAnswer(parsing: try await client.receiveAll())
        #expect(answer.status == 200)
        let time = ContinuousClock.now - start
        #expect(time < answerBound, "\(time)")
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
