#if PIP_AZURE
/// A lock in a table of Azure Storage (the toolkit's `CloudStorageTableLock`): a ``KeyValueLock`` on a table.
///
/// A lock is an entity of `table`, by default `locks`, which is created if it is missing. Its token is that of the
/// acquisition, and its time is measured by the clock of the service, in whole seconds: a lock ends up to a second late and
/// never early. With `options.fencing` each acquisition has a number.
public final class CloudStorageTableLock: ConnectorLock, Openable, Checkable {
    /// The table, which is a child component by way of `lock` and must not be one twice.
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
    /// Closes the connection. Locks that are held end with their time.
    public func close(_ context: Context) async throws { store.table.close() }
    /// Checks the name of the table and the connection, unless it has to be looked up.
    public func checkConfiguration(_ context: Context) async throws {
        try await store.table.checkConfiguration(context)
    }
}
#endif
