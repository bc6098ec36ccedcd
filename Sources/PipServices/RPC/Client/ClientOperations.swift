/// The names that a client's calls go by, put together once for each.
final class ClientOperations: Sendable {
    private let prefix: String
    private let operations = Locked<[ScalarText: InstrumentedOperation]>([:])
    /// Names come from the program; should they come from elsewhere, they must not fill the memory.
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
