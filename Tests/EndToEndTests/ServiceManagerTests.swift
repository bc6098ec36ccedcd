import Foundation
import TestSupport
import Testing

/// What a service manager such as systemd learns of a service.
@Suite struct ServiceManagerTests {
    /// The next message that is not of the watchdog.
    private static func next(_ manager: NotifySocket) async throws -> String {
        let message: String? = try await Deadline.wait {
            while let message = manager.next() {
                if message != "WATCHDOG=1" { return message }
            }
            return nil
        }
        return try #require(message)
    }

    @Test("A service notifies systemd of readiness, reloads, liveness and shutdown")
    func lifeOfService() async throws {
        let manager = try NotifySocket()
        let folder = try TemporaryFolder()
        let usual = try String(contentsOf: RunningService.beaconsConfig, encoding: .utf8)
        let config = try folder.write("config.yml", usual)
        let environment = ["NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": "40000"]
        try await RunningService.start(config: config, environment: environment) { process async throws in
            #expect(try await Self.next(manager) == "READY=1\nSTATUS=Running")
            // Ready means that it accepts.
            let match = try await process.waitForOutput(#/is listening on https?:\/\/[^ ]+:(\d+)\n/#)
            let port = try #require(Int(match.1))
            #expect(try await Curl.request("GET", "http://127.0.0.1:\(port)/heartbeat").status == 200)
            var reports = 0
            let reported: Bool? = try await Deadline.wait {
                while let message = manager.next() { if message == "WATCHDOG=1" { reports += 1 } }
                return reports >= 3 ? true : nil
            }
            #expect(reported == true)
            if !Self.hasTerminal {
                process.send(SIGHUP)
                #expect(try await Self.next(manager).hasPrefix("RELOADING=1\nMONOTONIC_USEC="))
                #expect(try await Self.next(manager) == "READY=1\nSTATUS=Running")
                _ = try folder.write("config.yml", usual + "  - x: {")
                process.send(SIGHUP)
                #expect(try await Self.next(manager).hasPrefix("RELOADING=1\n"))
                #expect(try await Self.next(manager).hasPrefix("READY=1\nSTATUS=Running; the changed configuration"))
                #expect(try await Curl.request("GET", "http://127.0.0.1:\(port)/heartbeat").status == 200)
            }
            process.send(SIGTERM)
            #expect(try await Self.next(manager) == "STOPPING=1\nSTATUS=Shutting down")
            #expect(try await process.end() == .exit(0))
        }
    }

    @Test("A service that fails to start reports the reason") func failedStart() async throws {
        let manager = try NotifySocket("@pip-notify-\(UUID())")
        let folder = try TemporaryFolder()
        for (text, reason) in [
            ("- descriptor: a:b:c:d:1.0\n", "Unknown descriptor 'a:b:c:d:1.0'"), ("- a: [", "Cannot read"),
        ] {
            let config = try folder.write("config.yml", text)
            try await RunningService.start(config: config, environment: ["NOTIFY_SOCKET": manager.name]) {
                process async throws in
                #expect(try await process.end() == .exit(1))
                let message = try await Self.next(manager)
                #expect(message.hasPrefix("STATUS=Failed to start: "))
                #expect(message.contains(reason), "\(message)")
                #expect(manager.next() == nil)
            }
        }
    }

    private static var hasTerminal: Bool {
        let terminal = open("/dev/tty", O_RDONLY | O_NOCTTY)
        if terminal >= 0 { close(terminal) }
        return terminal >= 0
    }
}
