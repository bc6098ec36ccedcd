import PipServices

/// One case of a ``Contract``.
public struct ContractCase<Subject: Sendable>: Sendable, CustomStringConvertible {
    /// What the case checks, in words.
    public let name: String
    /// Whether it lets time pass, and looks at what is over by then and what is not: on a real server it can fail on a
    /// machine that is too busy for its times. Any other case that fails has found a defect.
    public let passesTime: Bool
    private let check: @Sendable (ContractRun<Subject>) async throws -> Void

    /// Creates a case. `check` says by ``ContractRun/expect(_:_:)`` what it expects.
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
    ///   - time: how time passes for the implementation.
    ///   - make: makes the implementation, ready to use.
    /// - Throws: ``ContractFailure`` that names the case and says what it expected.
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
