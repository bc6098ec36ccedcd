internal import CLinux
import Glibc

/// Wakes a thread that sleeps, including one that waits for sockets in `poll` or `epoll`.
///
/// Each method extends the lifetime of `self` over its system call: an optimised build may otherwise release the last
/// reference, and close the descriptor, as soon as the number was read.
///
/// Wake-ups do not add up: any number of calls to ``wake()`` end one wait, or the next one if no thread is waiting.
/// Safe to use from any thread.
final class Wakeup: Sendable {
    /// Readable from a call to ``wake()`` until the next ``wait()`` or ``clear()``, for use with `poll` and `epoll`.
    let descriptor: Int32

    /// - Throws: Internal `NO_DESCRIPTOR` if the system has no descriptors left.
    init() throws(ApplicationError) {
        descriptor = pip_eventfd_create()
        guard descriptor >= 0 else {
            throw .internal(
                code: "NO_DESCRIPTOR", "Cannot create an eventfd: \(String(cString: strerror(errno)))")
        }
    }

    deinit { close(descriptor) }

    /// Ends the current wait, or the next one.
    func wake() {
        var one = UInt64(1)
        // Fails only if the counter is full, and then the descriptor is readable anyway.
        withExtendedLifetime(self) { _ = write(descriptor, &one, MemoryLayout<UInt64>.size) }
    }

    /// Blocks the calling thread until ``wake()`` is called, or returns at once if it was called since the last wait.
    func wait() {
        var source = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        withExtendedLifetime(self) {
            while poll(&source, 1, -1) < 0, errno == EINTR {}
        }
        clear()
    }

    /// As ``wait()``, for at most some time.
    /// - Returns: False if the time is over.
    func wait(atMost time: Duration) -> Bool {
        let end = SystemClock().uptime.adding(timeout: time)
        var source = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while true {
            let left = end - SystemClock().uptime
            guard left > .zero else { return false }
            // Rounded up; no longer than `poll` can count.
            let milliseconds = Int32(min(left, .seconds(60)).wholeMilliseconds) + 1
            if withExtendedLifetime(self, { poll(&source, 1, milliseconds) }) > 0 { break }
        }
        clear()
        return true
    }

    /// Forgets wake-ups that were received.
    func clear() {
        var count = UInt64(0)
        withExtendedLifetime(self) { _ = read(descriptor, &count, MemoryLayout<UInt64>.size) }
    }
}
