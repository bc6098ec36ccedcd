import PipServices

/// One case of a ``Contract``.
public struct ContractCase<Subject: Sendable>: Sendable, CustomStringConvertible {
    /// What the case checks, in words.
    public let name: String
    private let check: @Sendable (ContractRun<Subject>) async throws -> Void

    /// Creates a case. `check` says by ``ContractRun/expect(_:_:)`` what it expects.
    public init(_ name: String, _ check: @escaping @Sendable (ContractRun<Subject>) async throws -> Void) {
        self.name = name
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
