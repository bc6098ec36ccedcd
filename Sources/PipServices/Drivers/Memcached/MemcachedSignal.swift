import Glibc

/// What the threads of a ``MemcachedPool`` sleep on: a counting semaphore.
final class MemcachedSignal: Sendable {
    // As a number, since a pointer is not Sendable; it never changes.
    private let address: UInt

    init() {
        let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
        semaphore.initialize(to: sem_t())
        sem_init(semaphore, 0, 0)
        address = UInt(bitPattern: semaphore)
    }

    deinit {
        guard let semaphore else { return }
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    /// Wakes one thread, or the next that would sleep.
    func post() {
        if let semaphore { sem_post(semaphore) }
    }

    /// Sleeps until it is woken; not at once, since mostly the next call follows soon, and waking a thread takes longer
    /// than all else.
    func wait() {
        guard let semaphore else { return }
        for _ in 0..<Self.tries {
            if sem_trywait(semaphore) == 0 { return }
            sched_yield()
        }
        while sem_wait(semaphore) != 0, errno == EINTR {}
    }

    /// Together they take about as long as waking a thread.
    private static let tries = 40

    private var semaphore: UnsafeMutablePointer<sem_t>? { UnsafeMutablePointer(bitPattern: address) }
}
