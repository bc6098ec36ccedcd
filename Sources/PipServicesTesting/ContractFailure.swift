/// The cases of a ``Contract`` that failed.
public struct ContractFailure: Error, Sendable, CustomStringConvertible {
    /// A case that failed.
    public struct Failure: Sendable, Hashable {
        /// The name of the case.
        public let contractCase: String
        /// What it expected, or what was thrown.
        public let message: String

        /// Creates a failure.
        public init(contractCase: String, message: String) {
            self.contractCase = contractCase
            self.message = message
        }
    }

    /// All that failed, in the order of the cases.
    public let failures: [Failure]

    /// Creates an error.
    public init(_ failures: [Failure]) { self.failures = failures }

    /// A line for each case.
    public var description: String {
        failures.map { $0.contractCase.isEmpty ? $0.message : "\($0.contractCase): \($0.message)" }
            .joined(separator: "\n")
    }
}
