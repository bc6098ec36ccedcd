import Glibc

/// The memory of the process, as glibc manages it (the toolkit has no such thing).
public enum ProcessMemory {
    /// Has the process keep memory that was freed for what comes next, up to 8 MB in each of glibc's arenas.
    ///
    /// By itself glibc gives back to the system what exceeds 128 KB at the end of an arena, and gets it again page by page,
    /// which for values of 100 KB takes longer than to receive them. It learns better from each larger block that is
    /// freed, so that how fast a service is would depend on whether there was one. This gives it one, of 4 MB.
    ///
    /// ``ProcessContainer`` calls it; a process without one may, before there is load. It has no effect where the
    /// environment tells glibc what to do (`GLIBC_TUNABLES`, `MALLOC_TRIM_THRESHOLD_` and others), and with another C
    /// library. Safe from any task.
    public static func keepFreed() {
        guard let block = malloc(4 << 20) else { return }
        // The optimizer leaves out a block that nobody uses; this counts as use.
        explicit_bzero(block, 1)
        free(block)
    }

    /// Gives memory that was freed back to the system where it lies between what is in use; the ends of the arenas are
    /// kept (see ``keepFreed()``).
    ///
    /// By itself glibc gives back nothing of that: a service would keep what a peak took, and grow on, since each
    /// arena has free memory that the others can't use. ``ProcessContainer`` calls it every 5 seconds. It takes a
    /// millisecond, or some 25 when tens of megabytes go back, while others who need memory may have to wait: call it
    /// on a thread of your own, not in a task. It has no effect with another C library. Safe from any thread.
    public static func giveBack() {
        // The module Glibc leaves out <malloc.h>.
        guard let trim = dlsym(nil, "malloc_trim") else { return }
        _ = unsafeBitCast(trim, to: (@convention(c) (Int) -> Int32).self)(0)
    }

    // MARK: - Internal

    /// Gives back what was freed now and then, until its task is cancelled.
    static func giveBackRegularly() async {
        let clock = SystemClock()
        while (try? await clock.sleep(for: .seconds(5))) != nil {
            // Without a thread it goes on the next time.
            try? OwnThread.start { giveBack() }
        }
    }
}
