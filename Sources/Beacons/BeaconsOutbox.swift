import PipServices

/// A store of beacons that keeps the message about a change in one step with the change, until a relay sends it.
protocol BeaconsOutbox: Outbox {
    /// Makes a change, and keeps the message about it unless nothing was changed.
    /// - Returns: the beacon that was changed or deleted; nil if there was none.
    func change(
        _ context: Context, _ change: PersistenceChange<Beacon>,
        message: @escaping @Sendable (Beacon) throws -> OutboxMessage
    ) async throws -> Beacon?
}

/// A store that keeps messages with changes.
protocol TransactionalStore: IdentifiablePersistence<Beacon>, Outbox {
    func apply(
        _ context: Context, _ changes: [PersistenceChange<Beacon>],
        messages: @escaping @Sendable ([Beacon?]) throws -> [OutboxMessage]
    ) async throws -> [Beacon?]
}

extension IdentifiableMemoryPersistence: TransactionalStore where Item == Beacon {}
extension IdentifiableFilePersistence: TransactionalStore where Item == Beacon {}

extension BeaconsMemoryPersistence: BeaconsOutbox {}
extension BeaconsFilePersistence: BeaconsOutbox {}

extension StoredBeacons where Store: TransactionalStore {
    func change(
        _ context: Context, _ change: PersistenceChange<Beacon>,
        message: @escaping @Sendable (Beacon) throws -> OutboxMessage
    ) async throws -> Beacon? {
        var deleted: Beacon?
        if case .delete(let id) = change {
            deleted = try await beacons.getOneById(context, id)
            guard deleted != nil else { return nil }
        }
        let results = try await beacons.apply(context, [change]) { [deleted] results in
            try (results.compactMap(\.self) + [deleted].compactMap(\.self)).map(message)
        }
        return deleted ?? results.first ?? nil
    }

    func getUnsent(_ context: Context, _ count: Int) async throws -> [OutboxMessage] {
        try await beacons.getUnsent(context, count)
    }

    func markSent(_ context: Context, _ ids: [String]) async throws { try await beacons.markSent(context, ids) }
}
