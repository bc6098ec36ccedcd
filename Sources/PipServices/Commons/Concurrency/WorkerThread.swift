import Glibc

/// A thread of its own for calls into C that block, which must never run on the threads that Swift's tasks share.
enum WorkerThread {
    /// Starts a thread that runs `body` and ends with it.
    /// - Parameter name: what it is for, for the error.
    /// - Throws: Internal `NO_THREAD` when the system gives none.
    static func start(_ name: String, _ body: @escaping @Sendable () -> Void) throws(ApplicationError) {
        final class Start: Sendable {
            let body: @Sendable () -> Void
            init(_ body: @escaping @Sendable () -> Void) { self.body = body }
        }
        let start = Unmanaged.passRetained(Start(body))
        var thread = pthread_t()
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        let result = pthread_create(
            &thread, &attributes,
            { argument in
                guard let argument else { return nil }
                let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                start.body()
                return nil
            }, start.toOpaque())
        guard result == 0 else {
            start.release()
            throw .internal(code: "NO_THREAD", "The system gives no thread for \(name): error \(result)")
        }
    }
}
