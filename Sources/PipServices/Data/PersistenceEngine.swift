/// What keeps the items of a persistence: memory, a file or a database, as the service's configuration says.
///
/// A ``StoredPersistence`` holds one. All engines mean the same by filters, sorts and pages.
public protocol PersistenceEngine<Item>: IdentifiablePersistence, Outbox, Component, Openable {
    /// Carries out several changes and stores messages with them, all or none (a transactional outbox).
    /// - Returns: the items as they are stored, for each change; nil for a deletion, and for an update without an item.
    /// - Throws: what the changes throw on their own; Unsupported `NO_TRANSACTIONS` where the store can't do several changes
    ///   in one step.
    @discardableResult
    func apply(
        _ context: Context, _ changes: [PersistenceChange<Item>], messages: [OutboxMessage]
    ) async throws -> [Item?]
}
