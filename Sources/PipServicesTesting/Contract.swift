import PipServices

/// The contract of a component type: cases that every implementation must pass.
///
/// ```swift
/// try await CacheContract().run { MyCache() }                       // in any program: throws what failed, by name
///
/// @Test(arguments: CacheContract().cases)                           // in Swift Testing: a test for each case
/// func contract(_ contractCase: ContractCase<any Cache>) async throws {
///     try await contractCase.run { MyCache() }
/// }
/// ```
public protocol Contract: Sendable {
    /// The type under test, such as `any Cache`.
    associatedtype Subject: Sendable
    /// The cases. Their names are unique.
    var cases: [ContractCase<Subject>] { get }
}

extension Contract {
    /// Runs all cases, each on a new instance.
    ///
    /// - Parameters:
    ///   - time: the clock of the implementation.
    ///   - make: creates an instance that is ready for use.
    /// - Throws: ``ContractFailure`` that lists all failed cases with the reasons.
    public func run(
        time: ContractTime = .real(), _ make: @Sendable () async throws -> Subject
    ) async throws {
        var failures: [ContractFailure.Failure] = []
        for contractCase in cases {
            do {
                try await contractCase.run(time: time, make)
            } catch let error as ContractFailure {
                failures += error.failures
            } catch {
                failures.append(ContractFailure.Failure(contractCase: contractCase.name, message: "\(error)"))
            }
        }
        guard failures.isEmpty else { throw ContractFailure(failures) }
    }
}
