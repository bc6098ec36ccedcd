import PipServices

/// What every implementation of a kind of component must do: cases that run on each of them.
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
    /// What is tested, such as `any Cache`.
    associatedtype Subject: Sendable
    /// The cases, each with a name of its own.
    var cases: [ContractCase<Subject>] { get }
}

extension Contract {
    /// Runs all cases, each on an implementation of its own.
    ///
    /// - Parameters:
    ///   - time: how time passes for the implementation.
    ///   - make: makes the implementation, ready to use.
    /// - Throws: ``ContractFailure`` that names all cases that failed, and why.
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
