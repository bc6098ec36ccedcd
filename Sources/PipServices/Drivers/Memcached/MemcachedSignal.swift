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

    /// Sleeps until it is woken.
    /// - Parameter looks: how often to look before it sleeps, leaving the processor to others in between.
    func wait(looks: Int) {
        guard let semaphore else { return }
        for _ in 0..<looks {
            if sem_trywait(semaphore) == 0 { return }
            sched_yield()
        }
        while sem_wait(semaphore) != 0, errno == EINTR {}
    }

    private var semaphore: UnsafeMutablePointer<sem_t>? { UnsafeMutablePointer(bitPattern: address) }
}
