/// The result of a shutdown.
struct ShutdownReport: Sendable, Hashable {
    /// The components that exceeded their time.
    private(set) var overrun: [String] = []
    /// The components that failed to close.
    private(set) var failed: [String] = []

    mutating func add(overrun name: String) {
        if !overrun.contains(name) { overrun.append(name) }
    }

    mutating func add(failed name: String) {
        if !failed.contains(name) { failed.append(name) }
    }

    /// The error to throw; nil if everything ended in time without errors.
    var problem: (code: String, text: String, components: [String])? {
        let failure = failed.isEmpty ? nil : "failed to close: \(failed.joined(separator: ", "))"
        guard !overrun.isEmpty else { return failure.map { ("CLOSE_FAILED", $0, failed) } }
        let late = "did not shut down in time: \(overrun.joined(separator: ", "))"
        return (
            "SHUTDOWN_OVERRUN", failure.map { "\(late), and \($0)" } ?? late,
            overrun + failed.filter { !overrun.contains($0) }
        )
    }
}
