import PipServices

/// A beacon store with an outbox: it stores a change and the message about it atomically. A relay sends the message.
protocol BeaconsOutbox: Outbox {
    /// True if the store can keep outbox messages.
    var keepsMessages: Bool { get }

    /// Makes a change and stores its message in one transaction. A change without effect stores no message.
    /// - Returns: the beacon that was changed or deleted; nil if it was missing.
    func change(
        _ context: Context, _ change: PersistenceChange<Beacon>,
        message: @escaping @Sendable (Beacon) throws -> OutboxMessage
    ) async throws -> Beacon?
}

/// A store that can keep messages atomically with changes.
protocol TransactionalStore: IdentifiablePersistence<Beacon>, Outbox {
    func apply(
        _ context: Context, _ changes: [PersistenceChange<Beacon>],
        messages: @escaping @Sendable ([Beacon?]) throws -> [OutboxMessage]
    ) async throws -> [Beacon?]
}

extension IdentifiableMemoryPersistence: TransactionalStore where Item == Beacon {}
extension IdentifiableFilePersistence: TransactionalStore where Item == Beacon {}

extension StoredBeacons: BeaconsOutbox {
    private var store: (any TransactionalStore)? { items as? any TransactionalStore }

    var keepsMessages: Bool { store != nil }

    func change(
        _ context: Context, _ change: PersistenceChange<Beacon>,
        message: @escaping @Sendable (Beacon) throws -> OutboxMessage
    ) async throws -> Beacon? {
        guard let store else { return nil }
        var deleted: Beacon?
        if case .delete(let id) = change {
            deleted = try await store.getOneById(context, id)
            guard deleted != nil else { return nil }
        }
        let results = try await store.apply(context, [change]) { [deleted] results in
            try (results.compactMap(\.self) + [deleted].compactMap(\.self)).map(message)
        }
        return deleted ?? results.first ?? nil
    }
}
