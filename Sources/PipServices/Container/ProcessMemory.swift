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
}
