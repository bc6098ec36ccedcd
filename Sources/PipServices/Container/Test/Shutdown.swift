import Glibc

/// Ends the process after a random time, to test how a service and its clients handle a crash (the toolkit's
/// `Shutdown`).
///
/// The time is between `min_timeout` and `max_timeout`, counted from opening. `mode` selects how the process ends, see
/// ``ShutdownMode``. No component is closed first.
public final class Shutdown: Component, Openable, Checkable {
    private let mode = Setting("mode", default: ShutdownMode.exception, "How the process ends")
    private let minTimeout = Setting(
        "min_timeout", default: Duration.milliseconds(300_000), in: Duration.zero...,
        "The minimum time until it ends, in ms; 0 for immediately")
    private let maxTimeout = Setting(
        "max_timeout", default: Duration.milliseconds(900_000), in: Duration.zero...,
        "The maximum time until it ends, in ms; 0 for immediately")
    private let logger = CompositeLogger()
    private let clock = ClockSlot()
    private let random = RandomSlot()
    private let ending: ProcessEnding
    private let timer = Locked<Task<Void, Never>?>(nil)

    /// Creates the component.
    public convenience init() { self.init(.system) }

    /// Creates a component with replaceable ways to end the process, for tests.
    init(_ ending: ProcessEnding) {
        self.ending = ending
    }

    /// True while the timer runs.
    public var isOpen: Bool { timer.withLock { $0 != nil } }

    /// Checks that `min_timeout` does not exceed `max_timeout`.
    /// - Throws: as ``open(_:)``.
    public func checkConfiguration(_ context: Context) async throws {
        let (earliest, latest) = (minTimeout(), maxTimeout())
        guard earliest > latest else { return }
        throw ApplicationError.config(
            code: "BAD_VALUE", key: "min_timeout",
            "'min_timeout' is '\(earliest.settingText)' and 'max_timeout' '\(latest.settingText)'; expected an earliest "
                + "time that is not after the latest", traceId: context.traceId)
    }

    /// Chooses a random time and starts the timer.
    ///
    /// - Throws: Misconfiguration `BAD_VALUE` if `min_timeout` exceeds `max_timeout`.
    public func open(_ context: Context) async throws {
        try await checkConfiguration(context)
        let (earliest, latest) = (minTimeout(), maxTimeout())
        let (low, high) = (Int(earliest / .milliseconds(1)), Int(latest / .milliseconds(1)))
        let timeout = Duration.milliseconds(random.next(in: low..<high + 1))
        timer.withLock { timer in
            guard timer == nil else { return }
            timer = Task.detached { [weak self, clock] in
                do { try await clock.sleep(for: timeout) } catch { return }
                guard !Task.isCancelled else { return }
                self?.shutdown()
            }
        }
    }

    /// Stops the timer.
    public func close(_ context: Context) async throws {
        timer.withLock { timer in
            timer?.cancel()
            timer = nil
        }
    }

    /// Ends the process now, in the way that `mode` selects. The error logged before it has the category `test` and the
    /// code `CRASH`.
    public func shutdown() {
        let error = ApplicationError(
            ErrorCategory(rawValue: "test"), code: "CRASH", "The process is ended by a test of crashes", status: 500)
        logger.fatal(.empty, error: error, "Crash test")
        switch mode() {
        case .exception, .exit: ending.exit(1)
        case .null: ending.signal(SIGSEGV)
        case .zero: ending.signal(SIGFPE)
        }
    }
}
