import Glibc

/// A value guarded by a lock: the toolkit's only lock.
///
/// It stands on a pthread mutex rather than on `Synchronization.Mutex`, since the thread sanitizer reports false
/// races on the latter. The lock is not recursive; never call out to other components while holding it.
public final class Locked<Value>: @unchecked Sendable {
    private var value: Value
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>

    /// Creates a lock around `value`.
    public init(_ value: sending Value) {
        self.value = value
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        // Who finds it locked looks again a few times before going to sleep: that takes longer than locks are held.
        var attributes = pthread_mutexattr_t()
        pthread_mutexattr_init(&attributes)
        pthread_mutexattr_settype(&attributes, Int32(PTHREAD_MUTEX_ADAPTIVE_NP))
        pthread_mutex_init(mutex, &attributes)
        pthread_mutexattr_destroy(&attributes)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deinitialize(count: 1)
        mutex.deallocate()
    }

    /// Runs `body` with exclusive access to the value and gives what it returns. Errors of `body` are rethrown.
    public func withLock<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value)
    }

    // MARK: - Internal

    /// As ``withLock(_:)``, but gives nil, without waiting, when somebody else has the lock.
    func withLockIfAvailable<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result? {
        guard pthread_mutex_trylock(mutex) == 0 else { return nil }
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value)
    }
}

extension Locked where Value: Sendable {
    /// A copy of the value.
    public var current: Value { withLock { $0 } }
}

extension Locked: CustomReflectable {
    /// Nothing: a dump would read the value without the lock, and the value may be secret.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
