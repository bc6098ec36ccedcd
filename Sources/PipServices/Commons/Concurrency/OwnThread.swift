import Glibc

/// Runs blocking calls on a dedicated thread. They must not run on Swift's cooperative pool.
enum OwnThread {
    /// Starts a thread that runs `body` and ends. The thread blocks signals, with two exceptions: those raised by a
    /// fault of the thread itself, and the one that Swift's backtracer uses to stop all threads after a crash.
    /// - Throws: Internal `NO_THREAD` if the system can't create a thread.
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
            throw .internal(code: "NO_THREAD", "Cannot start a thread: \(String(cString: strerror(code)))")
        }
        pthread_detach(thread)
    }

    // MARK: - Internal

    private final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}
