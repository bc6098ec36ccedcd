import PipServices

/// The environment of a running case of a ``Contract``.
public struct ContractRun<Subject: Sendable>: Sendable {
    /// The instance under test. No other case uses it.
    public let subject: Subject
    /// The clock of the instance.
    public let time: ContractTime
    /// The context for calls.
    public let context = Context(traceId: "contract")
    private let prefix = "contract." + IdGenerator.nextLong() + "."

    init(subject: Subject, time: ContractTime) {
        self.subject = subject
        self.time = time
    }

    /// Returns a key that no other run uses, even on a server that still has data of earlier runs.
    public func key(_ name: String) -> String { prefix + name }

    /// Fails the case unless a condition holds.
    /// - Throws: ``ContractFailure`` with the message.
    public func expect(_ condition: Bool, _ message: @autoclosure () -> String) throws {
        guard condition else {
            throw ContractFailure([ContractFailure.Failure(contractCase: "", message: message())])
        }
    }

    /// Fails the case unless two values are equal.
    /// - Throws: ``ContractFailure`` with both values.
    public func expect<Value: Equatable>(_ got: Value, equals expected: Value, _ what: String) throws {
        try expect(got == expected, "\(what): expected \(expected), got \(got)")
    }

    /// Fails the case unless `body` throws an application error with a code.
    /// - Throws: ``ContractFailure`` with the actual result.
    public func expect(code: String, _ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as ApplicationError {
            return try expect(error.code == code, "expected the error \(code), got \(error)")
        } catch {
            return try expect(false, "expected the error \(code), got \(error)")
        }
        try expect(false, "expected the error \(code), and nothing was thrown")
    }
}
