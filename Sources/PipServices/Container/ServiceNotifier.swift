internal import CLinux

/// Reports the state of the process to a service manager such as systemd, by the protocol of `sd_notify`.
///
/// Messages are datagrams to the socket in `NOTIFY_SOCKET`. Sending never blocks: one that the manager has no room for is
/// lost, as is one to a manager that is gone.
struct ServiceNotifier: Sendable {
    private let socket: String
    /// How often the manager wants to hear from this process; nil for never.
    let watchdogInterval: Duration?

    /// Nil when no manager asks for notifications.
    ///
    /// - Parameters:
    ///   - environment: `NOTIFY_SOCKET`, a path or, after an `@`, a name in the abstract namespace; `WATCHDOG_USEC`; and
    ///     `WATCHDOG_PID`, the process that the watchdog is for.
    ///   - pid: this process.
    init?(_ environment: AnyValueMap, pid: Int32) {
        guard case .string(let socket)? = environment["NOTIFY_SOCKET"],
            socket.begins(with: "/") || socket.begins(with: "@")
        else { return nil }
        self.socket = socket
        watchdogInterval = Self.watchdogInterval(environment, pid: pid)
    }

    /// The names that children of this process must not see: they would report in its name.
    static let variables = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"]

    /// The service accepts work.
    func ready(_ status: String) { send("READY=1\nSTATUS=\(Self.line(status))") }

    /// The service reads its configuration again. ``ready(_:)`` must follow.
    func reloading() { send("RELOADING=1\nMONOTONIC_USEC=\(pip_monotonic_microseconds())") }

    /// The service shuts down.
    func stopping() { send("STOPPING=1\nSTATUS=Shutting down") }

    /// The service can't start.
    func failed(_ error: any Error) {
        send("STATUS=\(Self.line("Failed to start: \((error as? ApplicationError)?.message ?? "\(error)")"))")
    }

    /// Reports until the task is cancelled that the process is alive, twice as often as the manager demands. A process
    /// whose tasks no longer run reports nothing, and is restarted.
    func reportAlive(clock: any ClockSource) async {
        guard let watchdogInterval else { return }
        repeat { send("WATCHDOG=1") } while (try? await clock.sleep(for: watchdogInterval / 2)) != nil
    }

    // MARK: - Internal

    private func send(_ message: String) { _ = pip_notify(socket, message) }

    private static func watchdogInterval(_ environment: AnyValueMap, pid: Int32) -> Duration? {
        if case .string(let owner)? = environment["WATCHDOG_PID"], !owner.isEmpty, Int32(owner) != pid { return nil }
        guard case .string(let text)? = environment["WATCHDOG_USEC"], let interval = Int64(text), interval > 0 else {
            return nil
        }
        // Below that, reports would do nothing but work.
        return max(.microseconds(interval), .milliseconds(2))
    }

    /// A status is one line: a further one would be another message.
    private static func line(_ text: String) -> String {
        let scalars = text.unicodeScalars.prefix(1000).map { $0.value < 0x20 ? " " : $0 }
        var line = String.UnicodeScalarView()
        line.append(contentsOf: scalars)
        return String(line)
    }
}
