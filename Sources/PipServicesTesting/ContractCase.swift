import PipServices

/// One case of a ``Contract``.
public struct ContractCase<Subject: Sendable>: Sendable, CustomStringConvertible {
    /// A description of what the case checks.
    public let name: String
    /// True if the case depends on the passage of time. With a real server, it can fail on a machine that is too busy.
    /// Failures of all other cases are defects.
    public let passesTime: Bool
    private let check: @Sendable (ContractRun<Subject>) async throws -> Void

    /// Creates a case. `check` states its expectations with ``ContractRun/expect(_:_:)``.
    public init(
        _ name: String, passesTime: Bool = false,
        _ check: @escaping @Sendable (ContractRun<Subject>) async throws -> Void
    ) {
        self.name = name
        self.passesTime = passesTime
        self.check = check
    }

    /// The name.
    public var description: String { name }

    /// Runs the case.
    ///
    /// - Parameters:
    ///   - time: the clock of the implementation.
    ///   - make: creates an instance that is ready for use.
    /// - Throws: ``ContractFailure`` with the name of the case and the failed expectation.
    public func run(time: ContractTime = .real(), _ make: @Sendable () async throws -> Subject) async throws {
        do {
            try await check(ContractRun(subject: try await make(), time: time))
        } catch let error as ContractFailure {
            throw ContractFailure(
                error.failures.map { ContractFailure.Failure(contractCase: name, message: $0.message) })
        } catch {
            throw ContractFailure([ContractFailure.Failure(contractCase: name, message: "threw \(error)")])
        }
    }
}
