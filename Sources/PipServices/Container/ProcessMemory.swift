internal import CLinux

/// The heap of the process (no toolkit equivalent).
public enum ProcessMemory {
    /// Returns free heap memory to the system, including free memory between allocations that are in use.
    ///
    /// glibc only returns memory at the end of an arena, so that a service keeps most of what a load peak took. The
    /// container setting `memory.trim_interval` calls this regularly. A call takes 1 to 25 ms, during which other threads
    /// may wait for memory: call it on a thread of your own, not in a task. Safe to call from any thread.
    public static func trim() { malloc_trim(0) }

    // MARK: - Internal

    /// Trims the heap at each interval, on a thread of its own, until the task is cancelled. Does nothing for zero.
    static func trim(every interval: Duration) async {
        guard interval > .zero else { return }
        let clock = SystemClock()
        while (try? await clock.sleep(for: interval)) != nil {
            // Without a thread, the next interval tries again.
            try? OwnThread.start { trim() }
        }
    }
}
