#if PIP_AZURE
/// A lock in a table of Azure Storage (the toolkit's `CloudStorageTableLock`): a ``KeyValueLock`` on a table.
///
/// A lock is an entity of `table`, by default `locks`, which is created if it is missing. It contains the token of the
/// acquisition. Expiration is measured by the clock of Azure, in whole seconds: a lock expires up to a second late and
/// never early. With `options.fencing`, each acquisition has a fencing token.
public final class CloudStorageTableLock: ConnectorLock, Openable, Checkable {
    /// A wrapper of the table, so that it is found as a child component only once, through `lock`.
    private struct Store: Sendable {
        let table = StorageTable()
    }

    private let store: Store
    /// The lock's implementation.
    public let lock: KeyValueLock

    /// Creates a lock.
    public init() {
        store = Store()
        lock = KeyValueLock(PrefixedKeyValueConnector(store.table))
    }

    /// True while the lock is open.
    public var isOpen: Bool { store.table.isOpen }
    /// Opens the connection, and creates the table if it is missing.
    /// - Throws: Misconfiguration `BAD_TABLE_NAME`, and those of the connection; NoResponse if Azure can't be reached.
    public func open(_ context: Context) async throws { try await store.table.open(context) }
    /// Closes the connection. Held locks expire with their time to live.
    public func close(_ context: Context) async throws { store.table.close() }
    /// Checks the name of the table and the connection. The connection is not checked if a part of it comes from a
    /// discovery service or a credential store.
    public func checkConfiguration(_ context: Context) async throws {
        try await store.table.checkConfiguration(context)
    }
}
#endif
