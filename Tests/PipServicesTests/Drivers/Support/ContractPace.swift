import PipServicesTesting

extension ContractCase {
    /// Runs the case on a real server, whose time can't be moved by hand. A machine that is busy with other things can
    /// be too late for a case that lets time pass: that one runs again, slower, and what fails at every pace is a defect.
    /// What fails in any other case is one, be it once.
    func run(unit: Duration, _ make: @Sendable () async throws -> Subject) async throws {
        guard passesTime else { return try await run(time: .real(unit: unit), make) }
        for factor in [1, 3] {
            do { return try await run(time: .real(unit: unit * factor), make) } catch {}
        }
        try await run(time: .real(unit: unit * 10), make)
    }
}
