import Glibc

/// The memory of the process, as glibc manages it (the toolkit has no such thing).
public enum ProcessMemory {
    /// Has the process keep memory that was freed for what comes next, up to 8 MB in each of glibc's arenas.
    ///
    /// By itself glibc gives back to the system what exceeds 128 KB at the end of an arena, and gets it again page by page,
    /// which for values of 100 KB takes longer than to receive them. It learns better when it frees a block above 128 KB
    /// for the first time, so that how fast a service is would depend on whether that has happened.
    ///
    /// ``ProcessContainer`` calls it; a process without one may, before there is load. It does nothing where the
    /// environment tells glibc what to do (`GLIBC_TUNABLES` with `glibc.malloc`, or a variable that begins with
    /// `MALLOC_`), and with another C library. Safe from any task.
    public static func keepFreed() {
        guard !isSet(by: ProcessEnvironment.variables), let symbol = dlsym(nil, "mallopt") else { return }
        // Swift's module of glibc does not have <malloc.h>: the function and these numbers are from there.
        let mallopt = unsafeBitCast(symbol, to: (@convention(c) (Int32, Int32) -> Int32).self)
        let (trimThreshold, mapThreshold): (Int32, Int32) = (-1, -3)
        // Both, since to set one ends what glibc learns about the other.
        _ = mallopt(trimThreshold, 8 << 20)
        _ = mallopt(mapThreshold, 4 << 20)
    }

    // MARK: - Internal

    /// Whether who started the process has told glibc how to manage memory.
    static func isSet(by environment: AnyValueMap) -> Bool {
        environment.contains { name, value in
            name.hasPrefix("MALLOC_") || name == "GLIBC_TUNABLES" && "\(value)".contains("glibc.malloc")
        }
    }
}
