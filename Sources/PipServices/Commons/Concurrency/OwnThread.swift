import Glibc

/// A thread of its own, for calls that block: those must not run on Swift's cooperative pool.
enum OwnThread {
    /// Starts a thread that does something and ends. Signals to the process are not handled on it: what they stop is not
    /// the business of a driver, and a broken pipe is an error like any other. Those that tell of a fault of the thread
    /// itself are, and so is the one by which Swift's backtracer holds all threads of a process that crashes.
    /// - Throws: Internal `NO_THREAD` when the system has none left.
    static func start(_ body: @escaping @Sendable () -> Void) throws(ApplicationError) {
        let box = Unmanaged.passRetained(Box(body))
        var (all, before) = (sigset_t(), sigset_t())
        sigfillset(&all)
        for fault in [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS, SIGPROF] { sigdelset(&all, fault) }
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { pointer in
                guard let pointer else { return nil }
                Unmanaged<Box>.fromOpaque(pointer).takeRetainedValue().body()
                return nil
            }, box.toOpaque())
        guard code == 0 else {
            box.release()
            throw .internal(code: "NO_THREAD", "No thread can be started: \(String(cString: strerror(code)))")
        }
        pthread_detach(thread)
    }

    // MARK: - Internal

    private final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}
