/// The engine that stores the items of a persistence: memory, a file or a database, chosen by configuration.
///
/// A ``StoredPersistence`` holds one. Filters, sorts and pages behave the same in all engines.
public protocol PersistenceEngine<Item>: IdentifiablePersistence, Outbox, Component, Openable {
    /// Applies all changes and stores their outbox messages, or does nothing (a transactional outbox).
    /// - Returns: the stored item of each change; nil for a deletion, and for an update of a missing item.
    /// - Throws: the errors of the individual changes; Unsupported `NO_TRANSACTIONS` if the store has no transactions.
    @discardableResult
    func apply(
        _ context: Context, _ changes: [PersistenceChange<Item>], messages: [OutboxMessage]
    ) async throws -> [Item?]
}
