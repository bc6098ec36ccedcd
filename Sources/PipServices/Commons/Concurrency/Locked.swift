import Glibc

/// A value guarded by a lock. It is the only lock type of the toolkit.
///
/// It uses a pthread mutex, because the thread sanitizer reports false races with `Synchronization.Mutex`. The lock is
/// not recursive. Never call other components while holding it.
public final class Locked<Value>: @unchecked Sendable {
    private var value: Value
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>

    /// Creates a lock around `value`.
    public init(_ value: sending Value) {
        self.value = value
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deinitialize(count: 1)
        mutex.deallocate()
    }

    /// Runs `body` with exclusive access to the value and returns its result. Rethrows errors of `body`.
    public func withLock<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        pthread_mutex_lock(mutex)
        defer {
            // `deinit` frees the mutex, so this object must outlive the call.
            withExtendedLifetime(self) { _ = pthread_mutex_unlock(mutex) }
        }
        return try body(&value)
    }

    /// Runs `body` with exclusive access to the value. The values that `body` returns are released after the lock. Use
    /// it to remove or replace values of callers: their `deinit` may call the owner of the lock.
    func displace<Displaced>(_ body: (inout Value) -> sending Displaced) {
        withExtendedLifetime(withLock(body)) {}
    }
}

extension Locked where Value: Sendable {
    /// A copy of the value.
    public var current: Value { withLock { $0 } }
}

extension Locked: CustomReflectable {
    /// Empty: a dump would read the value without the lock and might expose secrets.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
