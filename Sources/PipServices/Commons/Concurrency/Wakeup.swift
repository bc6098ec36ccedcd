internal import CLinux
import Glibc

/// Wakes a sleeping thread, including one that waits for sockets in `poll` or `epoll`.
///
/// Each method extends the lifetime of `self` over its system call. Otherwise an optimised build could release the last
/// reference, and close the descriptor, before the call.
///
/// Wake-ups are not counted: any number of calls to ``wake()`` end one wait, or the next one if no thread is waiting.
/// Safe to use from any thread.
final class Wakeup: Sendable {
    /// A descriptor for `poll` and `epoll`. It is readable from a call to ``wake()`` until the next ``wait()`` or
    /// ``clear()``.
    let descriptor: Int32

    /// - Throws: Internal `NO_DESCRIPTOR` if no descriptors are left.
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
        // Fails only if the counter is full; the descriptor is then readable anyway.
        withExtendedLifetime(self) { _ = write(descriptor, &one, MemoryLayout<UInt64>.size) }
    }

    /// Blocks the calling thread until ``wake()`` is called. Returns at once if it was called since the last wait.
    func wait() {
        var source = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        withExtendedLifetime(self) {
            while poll(&source, 1, -1) < 0, errno == EINTR {}
        }
        clear()
    }

    /// As ``wait()``, but at most for `time`.
    /// - Returns: false on timeout.
    func wait(atMost time: Duration) -> Bool {
        let end = SystemClock().uptime.adding(timeout: time)
        var source = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while true {
            let left = end - SystemClock().uptime
            guard left > .zero else { return false }
            // Rounded up, and within the range of `poll`.
            let milliseconds = Int32(min(left, .seconds(60)).wholeMilliseconds) + 1
            if withExtendedLifetime(self, { poll(&source, 1, milliseconds) }) > 0 { break }
        }
        clear()
        return true
    }

    /// Discards pending wake-ups.
    func clear() {
        var count = UInt64(0)
        withExtendedLifetime(self) { _ = read(descriptor, &count, MemoryLayout<UInt64>.size) }
    }
}
