internal import CLinux

/// The heap of the process (no toolkit equivalent).
public enum ProcessMemory {
    /// Returns free heap memory to the system, including free memory between allocations that are in use.
    ///
    /// glibc returns memory only from the end of an arena, so a service keeps most of the memory of a load peak. The
    /// container setting `memory.trim_interval` calls this function regularly. A call takes 1 to 25 ms, in which other
    /// threads may block on allocations. Call it on your own thread, not in a task. Safe to call from any thread.
    public static func trim() { malloc_trim(0) }

    // MARK: - Internal

    /// Trims the heap at each interval, on its own thread, until the task is cancelled. Does nothing for zero.
    static func trim(every interval: Duration) async {
        guard interval > .zero else { return }
        let clock = SystemClock()
        while (try? await clock.sleep(for: interval)) != nil {
            // If no thread can be started, the next interval tries again.
            try? OwnThread.start { trim() }
        }
    }
}
