extension ItemChange {
    /// The maximum nesting of an item. A change is nested in two lists and must stay within the limit of the parser.
    static let maxDepth = JSONParser.maxDepth - 2

    /// Encodes the change for a journal.
    /// - Throws: BadRequest `CANNOT_STORE` for a value that JSON can't represent exactly.
    func json() throws(ApplicationError) -> [UInt8] {
        JSONWriter.bytes(of: try value())
    }

    /// Decodes a change; nil if it is not one.
    init?(_ value: AnyValue) {
        guard let parts = value.array, let kind = parts.first?.string else { return nil }
        switch (kind, parts.count) {
        case ("put", 3): self = .put(key: parts[1], item: parts[2])
        case ("delete", 2): self = .delete(key: parts[1])
        case ("clear", 1): self = .clear
        case ("enqueue", 2):
            guard let message = try? parts[1].decode(OutboxMessage.self) else { return nil }
            self = .enqueue(message)
        case ("dequeue", 2):
            guard let id = parts[1].string else { return nil }
            self = .dequeue(id: id)
        default: return nil
        }
    }

    /// Validates that JSON can represent the change.
    /// - Throws: BadRequest `CANNOT_STORE`.
    func check() throws(ApplicationError) {
        switch self {
        case .put(let key, let item): try Self.check(item, "item \(key)")
        case .enqueue(let message): try Self.check(message.payload, "message \(message.id)", depth: 2)
        case .delete, .clear, .dequeue: break
        }
    }

    // MARK: - Internal

    private func value() throws(ApplicationError) -> AnyValue {
        try check()
        return switch self {
        case .put(let key, let item): ["put", key, item]
        case .delete(let key): ["delete", key]
        case .clear: ["clear"]
        case .enqueue(let message): ["enqueue", try AnyValue(encoding: message)]
        case .dequeue(let id): ["dequeue", .string(id)]
        }
    }

    /// Validates that JSON can represent a value.
    static func check(_ value: AnyValue, _ name: String, depth: Int = 1) throws(ApplicationError) {
        switch value {
        case .double, .decimal:
            if case .double(let number) = value, number.isFinite { break }
            if case .decimal(let number) = value, !number.isNaN { break }
            throw .badRequest(code: "CANNOT_STORE", "Cannot store \(name): it has a number that is not finite")
        case .date(let date) where abs(ISODate.milliseconds(date)) > latestDate:
            throw .badRequest(
                code: "CANNOT_STORE", "Cannot store \(name): it has a date outside the supported range")
        case .array(let values):
            try check(depth: depth, name)
            for value in values { try check(value, name, depth: depth + 1) }
        case .map(let map):
            try check(depth: depth, name)
            for (_, value) in map { try check(value, name, depth: depth + 1) }
        default: break
        }
    }

    /// The latest date that all editions support, in milliseconds since 1970.
    private static let latestDate: Int64 = 8_640_000_000_000_000

    private static func check(depth: Int, _ name: String) throws(ApplicationError) {
        guard depth > maxDepth else { return }
        throw .badRequest(code: "CANNOT_STORE", "Cannot store \(name): it is nested more than \(maxDepth) levels deep")
    }
}
