extension ItemChange {
    /// How deep an item may be nested, so that what is written can be read again: a change stands in two lists.
    static let maxDepth = JSONParser.maxDepth - 2

    /// The change as a journal notes it.
    /// - Throws: BadRequest `CANNOT_STORE` for what JSON can't hold, which could not be read again as it was.
    func json() throws(ApplicationError) -> [UInt8] {
        JSONWriter.bytes(of: try value())
    }

    /// Reads a change; nil for what is none.
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

    // MARK: - Internal

    private func value() throws(ApplicationError) -> AnyValue {
        switch self {
        case .put(let key, let item):
            try Self.check(item, "item \(key)")
            return ["put", key, item]
        case .delete(let key): return ["delete", key]
        case .clear: return ["clear"]
        case .enqueue(let message):
            let value = try AnyValue(encoding: message)
            try Self.check(value, "message \(message.id)")
            return ["enqueue", value]
        case .dequeue(let id): return ["dequeue", .string(id)]
        }
    }

    /// Refuses what JSON cannot hold.
    static func check(_ value: AnyValue, _ name: String, depth: Int = 1) throws(ApplicationError) {
        switch value {
        case .double(let number) where !number.isFinite:
            throw .badRequest(code: "CANNOT_STORE", "Cannot store \(name): it has a number that is not finite")
        case .array(let values):
            try check(depth: depth, name)
            for value in values { try check(value, name, depth: depth + 1) }
        case .map(let map):
            try check(depth: depth, name)
            for (_, value) in map { try check(value, name, depth: depth + 1) }
        default: break
        }
    }

    private static func check(depth: Int, _ name: String) throws(ApplicationError) {
        guard depth > maxDepth else { return }
        throw .badRequest(code: "CANNOT_STORE", "Cannot store \(name): it is nested more than \(maxDepth) levels deep")
    }
}
