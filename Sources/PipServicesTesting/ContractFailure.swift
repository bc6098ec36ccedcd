/// The failed cases of a ``Contract``.
public struct ContractFailure: Error, Sendable, CustomStringConvertible {
    /// A failed case.
    public struct Failure: Sendable, Hashable {
        /// The name of the case.
        public let contractCase: String
        /// The failed expectation, or the error that was thrown.
        public let message: String

        /// Creates a failure.
        public init(contractCase: String, message: String) {
            self.contractCase = contractCase
            self.message = message
        }
    }

    /// All failures, in the order of the cases.
    public let failures: [Failure]

    /// Creates an error.
    public init(_ failures: [Failure]) { self.failures = failures }

    /// One line per case.
    public var description: String {
        failures.map { $0.contractCase.isEmpty ? $0.message : "\($0.contractCase): \($0.message)" }
            .joined(separator: "\n")
    }
}
