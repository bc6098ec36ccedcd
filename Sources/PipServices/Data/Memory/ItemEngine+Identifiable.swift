/// Single changes of items with ids, as steps of a larger change.
extension ItemEngine.Edit where Item: StringIdentifiable {
    mutating func create(_ context: Context, _ item: Item) throws(ApplicationError) -> Item {
        guard table[item.id] == nil else { throw Self.alreadyExists(context, item.id) }
        let item = ItemVersions.first(item)
        try put(item.id, item)
        return item
    }

    mutating func set(_ context: Context, _ item: Item) throws(ApplicationError) -> Item {
        let item =
            if let stored = table[item.id] {
                try ItemVersions.next(item, after: stored, context, isChecked: false)
            } else {
                ItemVersions.first(item)
            }
        try put(item.id, item)
        return item
    }

    mutating func update(_ context: Context, _ item: Item) throws(ApplicationError) -> Item? {
        guard let stored = table[item.id] else { return nil }
        let item = try ItemVersions.next(item, after: stored, context)
        try put(item.id, item)
        return item
    }

    mutating func update(_ context: Context, _ id: String, _ data: AnyValueMap) throws(ApplicationError) -> Item? {
        guard let stored = table[id] else { return nil }
        var fields = Parameters(try AnyValue(encoding: stored)).values
        fields.append(data)
        let changed = try ItemVersions.next(try AnyValue.map(fields).decode(Item.self), after: stored, context)
        guard !changed.id.isEmpty else {
            throw .badRequest(
                code: "NO_ID", "Item '\(id)' can't have an empty id: expected a string in 'id', or no 'id'",
                traceId: context.traceId, details: ["id": .string(id)])
        }
        if !changed.id.isSame(as: id) {
            guard table[changed.id] == nil else { throw Self.alreadyExists(context, changed.id) }
            remove(id)
        }
        try put(changed.id, changed)
        return changed
    }

    mutating func apply(_ context: Context, _ change: PersistenceChange<Item>) throws(ApplicationError) -> Item? {
        switch change {
        case .create(let item): return try create(context, item)
        case .set(let item): return try set(context, item)
        case .update(let item): return try update(context, item)
        case .delete(let id):
            remove(id)
            return nil
        }
    }

    private static func alreadyExists(_ context: Context, _ id: String) -> ApplicationError {
        .conflict(
            code: "ALREADY_EXISTS", "An item with id '\(id)' already exists", traceId: context.traceId,
            details: ["id": .string(id)])
    }
}

extension ItemEngine.Edit {
    /// Deletes the items that match a filter.
    mutating func remove(_ filter: Filter<Item>) -> Int {
        let rows = table.find(ItemReader.query(filter)).rows
        for row in rows { remove(row) }
        return rows.count
    }
}

/// The ``Outbox`` of the engine.
extension ItemEngine {
    func unsent(_ count: Int) -> [OutboxMessage] {
        let messages = table.rows.messages
        var found: [OutboxMessage] = []
        messages.visit(0..<max(0, min(count, messages.count))) { _, message in
            found.append(message)
            return true
        }
        return found
    }

    func markSent(_ context: Context, _ ids: [String]) async throws {
        try await change(context) { edit in
            for id in ids { edit.dequeue(id) }
        }
    }
}
