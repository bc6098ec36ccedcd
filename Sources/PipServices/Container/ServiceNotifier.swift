internal import CLinux

/// Notifies a service manager such as systemd of the process state, using the `sd_notify` protocol.
///
/// Messages are datagrams to the socket in `NOTIFY_SOCKET`. Sending never blocks: a message is lost if the socket's
/// buffer is full or the manager has gone.
struct ServiceNotifier: Sendable {
    private let socket: String
    /// The watchdog interval of the manager; nil if it has none.
    let watchdogInterval: Duration?

    /// Creates a notifier; nil if no manager expects notifications.
    ///
    /// - Parameters:
    ///   - environment: `NOTIFY_SOCKET`, a path or, after an `@`, a name in the abstract namespace; `WATCHDOG_USEC`;
    ///     and `WATCHDOG_PID`, the process that the watchdog monitors.
    ///   - pid: the id of this process.
    init?(_ environment: AnyValueMap, pid: Int32) {
        guard case .string(let socket)? = environment["NOTIFY_SOCKET"],
            socket.begins(with: "/") || socket.begins(with: "@")
        else { return nil }
        self.socket = socket
        watchdogInterval = Self.watchdogInterval(environment, pid: pid)
    }

    /// Variables to remove from the environment of child processes, which must not notify on its behalf.
    static let variables = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"]

    /// Reports that the service accepts work.
    func ready(_ status: String) { send("READY=1\nSTATUS=\(Self.line(status))") }

    /// Reports that a reload has begun. ``ready(_:)`` must follow.
    func reloading() { send("RELOADING=1\nMONOTONIC_USEC=\(pip_monotonic_microseconds())") }

    /// Reports that shutdown has begun.
    func stopping() { send("STOPPING=1\nSTATUS=Shutting down") }

    /// Reports that the service failed to start.
    func failed(_ error: any Error) {
        send("STATUS=\(Self.line("Failed to start: \((error as? ApplicationError)?.message ?? "\(error)")"))")
    }

    /// Sends watchdog messages at twice the required rate until the task is cancelled. If tasks no longer run, no
    /// message is sent and the manager restarts the process.
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
        // A shorter interval would only cost CPU.
        return max(.microseconds(interval), .milliseconds(2))
    }

    /// A status is one line: a line break would start another message.
    private static func line(_ text: String) -> String {
        let scalars = text.unicodeScalars.prefix(1000).map { $0.value < 0x20 ? " " : $0 }
        var line = String.UnicodeScalarView()
        line.append(contentsOf: scalars)
        return String(line)
    }
}
