import PipServices

/// What a case of a ``Contract`` works with.
public struct ContractRun<Subject: Sendable>: Sendable {
    /// The implementation under test, which no other case uses.
    public let subject: Subject
    /// How time passes for it.
    public let time: ContractTime
    /// The context to call it with.
    public let context = Context(traceId: "contract")
    private let prefix = "contract." + IdGenerator.nextLong() + "."

    init(subject: Subject, time: ContractTime) {
        self.subject = subject
        self.time = time
    }

    /// A key that no other run uses, also on a server that keeps what earlier runs left.
    public func key(_ name: String) -> String { prefix + name }

    /// Ends the case as failed unless a condition holds.
    /// - Throws: ``ContractFailure`` with the message.
    public func expect(_ condition: Bool, _ message: @autoclosure () -> String) throws {
        guard condition else {
            throw ContractFailure([ContractFailure.Failure(contractCase: "", message: message())])
        }
    }

    /// Ends the case as failed unless two values are equal.
    /// - Throws: ``ContractFailure`` that shows both.
    public func expect<Value: Equatable>(_ got: Value, equals expected: Value, _ what: String) throws {
        try expect(got == expected, "\(what): expected \(expected), got \(got)")
    }

    /// Ends the case as failed unless something throws an application error with a code.
    /// - Throws: ``ContractFailure`` that says what was thrown instead.
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
