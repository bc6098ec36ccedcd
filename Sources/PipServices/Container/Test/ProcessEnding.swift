import Glibc

/// The ways in which a component may end the process: the seam that tests replace.
struct ProcessEnding: Sendable {
    let exit: @Sendable (Int32) -> Void
    let signal: @Sendable (Int32) -> Void

    /// Really ends the process.
    static let system = ProcessEnding(
        // Without handlers that wait for other threads: this is to look like a crash.
        exit: { Glibc._exit($0) },
        signal: { number in
            Glibc.signal(number, SIG_DFL)
            Glibc.raise(number)
        })
}
