import Foundation
import PipServicesTesting
import TestSupport
import Testing

@testable import PipServices

/// What a service manager receives. `NotifyTests` of the end-to-end tests has the process.
@Suite struct ServiceNotifierTests {
    @Test("Messages reach a socket with a path and one in the abstract namespace")
    func messagesArrive() throws {
        for name in [NotifySocket.path(), "@" + NotifySocket.path()] {
            let manager = try NotifySocket(name)
            let notifier = try #require(ServiceNotifier(["NOTIFY_SOCKET": .string(name)], pid: 1))
            notifier.ready("Running")
            #expect(manager.next() == "READY=1\nSTATUS=Running")
            var time = timespec()
            clock_gettime(CLOCK_MONOTONIC, &time)
            notifier.reloading()
            let reloading = manager.next() ?? ""
            let match = try #require(reloading.wholeMatch(of: #/RELOADING=1\nMONOTONIC_USEC=(\d+)/#))
            let microseconds = try #require(Int(match.1))
            #expect((0..<60_000_000).contains(microseconds - time.tv_sec * 1_000_000 - time.tv_nsec / 1000))
            notifier.stopping()
            #expect(manager.next() == "STOPPING=1\nSTATUS=Shutting down")
            notifier.failed(ApplicationError.config(code: "A", "2 mistakes:\n  - READY=1"))
            #expect(manager.next() == "STATUS=Failed to start: 2 mistakes:   - READY=1")
            #expect(manager.next() == nil)
        }
    }

    @Test("Without a manager there is no notifier, and the loss of a manager does no harm") func missingManager() {
        #expect(ServiceNotifier([:], pid: 1) == nil)
        #expect(ServiceNotifier(["NOTIFY_SOCKET": ""], pid: 1) == nil)
        // Not of this machine.
        #expect(ServiceNotifier(["NOTIFY_SOCKET": "vsock:2:1234"], pid: 1) == nil)
        ServiceNotifier(["NOTIFY_SOCKET": .string(NotifySocket.path())], pid: 1)?.ready("Running")
        let long = "/" + String(repeating: "a", count: 200)
        ServiceNotifier(["NOTIFY_SOCKET": .string(long)], pid: 1)?.ready("Running")
    }

    @Test("A manager that does not read its socket blocks nothing", .timeLimit(.minutes(1))) func fullSocket() throws {
        let manager = try NotifySocket(NotifySocket.path())
        let notifier = try #require(ServiceNotifier(["NOTIFY_SOCKET": .string(manager.name)], pid: 1))
        for _ in 0..<10_000 { notifier.ready("Running") }
        #expect(manager.next() == "READY=1\nSTATUS=Running")
    }

    @Test("The process sends watchdog messages twice per interval, if the watchdog is meant for it")
    func watchdog() async throws {
        let manager = try NotifySocket(NotifySocket.path())
        let environment: AnyValueMap = ["NOTIFY_SOCKET": .string(manager.name), "WATCHDOG_USEC": "2000000"]
        for (pid, isMeant) in [("", true), ("7", true), ("8", false)] {
            var environment = environment
            environment["WATCHDOG_PID"] = .string(pid)
            let notifier = try #require(ServiceNotifier(environment, pid: 7))
            #expect(notifier.watchdogInterval == (isMeant ? .seconds(2) : nil))
        }
        for text in ["", "0", "-5", "x", "1.5"] {
            let environment: AnyValueMap = [
                "NOTIFY_SOCKET": .string(manager.name), "WATCHDOG_USEC": .string(text),
            ]
            #expect(ServiceNotifier(environment, pid: 7)?.watchdogInterval == nil)
        }
        let notifier = try #require(ServiceNotifier(environment, pid: 7))
        let clock = VirtualClock()
        let task = Task { await notifier.reportAlive(clock: clock) }
        for _ in 0..<3 {
            try await waitUntil(within: .seconds(30)) { clock.sleeperCount == 1 }
            #expect(manager.next() == "WATCHDOG=1")
            clock.advance(by: .milliseconds(999))
            #expect(manager.next() == nil)
            clock.advance(by: .milliseconds(1))
        }
        try await waitUntil(within: .seconds(30)) { clock.sleeperCount == 1 }
        task.cancel()
        await task.value
    }
}
