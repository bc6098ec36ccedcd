import Glibc

/// The ways to end the process; tests replace them.
struct ProcessEnding: Sendable {
    let exit: @Sendable (Int32) -> Void
    let signal: @Sendable (Int32) -> Void

    /// Actually ends the process.
    static let system = ProcessEnding(
        // Without exit handlers, which wait for other threads: this simulates a crash.
        exit: { Glibc._exit($0) },
        signal: { number in
            Glibc.signal(number, SIG_DFL)
            Glibc.raise(number)
        })
}
