import PipServicesTesting

extension ContractCase {
    /// Runs the case on a real server, whose time can't be moved by hand. A machine that is busy with other things can
    /// be too late for it: then it runs again, slower. What fails at every pace is a defect.
    func run(unit: Duration, _ make: @Sendable () async throws -> Subject) async throws {
        for factor in [1, 3] {
            do { return try await run(time: .real(unit: unit * factor), make) } catch {}
        }
        try await run(time: .real(unit: unit * 10), make)
    }
}
