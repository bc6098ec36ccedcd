/// Caches the full names of a client's operations.
final class ClientOperations: Sendable {
    private let prefix: String
    private let operations = Locked<[ScalarText: InstrumentedOperation]>([:])
    /// Bounds memory in case names do not come from the program.
    private static let maxCount = 1000

    init(prefix: String) { self.prefix = prefix }

    subscript(name: String) -> InstrumentedOperation {
        operations.withLock { operations in
            if let operation = operations[ScalarText(name)] { return operation }
            let operation = InstrumentedOperation(prefix.isEmpty ? name : "\(prefix).\(name)", verb: "call")
            if operations.count < Self.maxCount { operations[ScalarText(name)] = operation }
            return operation
        }
    }
}
