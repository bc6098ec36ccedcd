/// Durable storage for the items of an in-memory persistence, such as a file.
///
/// The persistence keeps all items in memory and answers all queries from there. The storage only returns them on open
/// and stores changes. Calls are never concurrent: changes that arrive during an `append` are batched for the next one.
/// A storage that is a ``Component`` becomes a child of the persistence and is configured from its section. It is
/// opened and closed by the calls below, not as a component.
public protocol ItemStorage: Sendable {
    /// The location of the items for messages, such as the path of a file; nil by default.
    var location: String? { get }

    /// Reads the stored content. It is called before all other calls, and again after a `close`.
    ///
    /// - Parameter key: returns the key of an item that was stored without one, from the item and its position. Other
    ///   editions store items without keys. It throws for an item without a valid key.
    /// - Throws: ReadFailed if it can't be read; errors of `key`. Stored data must then be unchanged.
    func load(
        _ context: Context, key: @Sendable (_ item: AnyValue, _ position: Int) throws -> AnyValue
    ) async throws -> StoredItems

    /// Rejects changes that can never be stored, such as a value without a representation. It is called before `append`
    /// for changes that belong together, so that they do not fail the changes of others in the same batch.
    /// - Throws: BadRequest `CANNOT_STORE`.
    func check(_ changes: some Sequence<ItemChange>) throws(ApplicationError)

    /// Stores all changes or none, in order. When it returns they survive a crash.
    ///
    /// - Throws: WriteFailed if they could not be stored; the persistence then keeps its previous state. If the result
    ///   is unknown, the storage must throw on all further calls until it is loaded again.
    func append(_ context: Context, _ changes: [ItemChange]) async throws

    /// Writes pending data and releases all resources. Does nothing if it is not loaded.
    /// - Throws: WriteFailed.
    func close(_ context: Context) async throws
}

extension ItemStorage {
    /// Nil.
    public var location: String? { nil }

    /// Accepts all changes.
    public func check(_ changes: some Sequence<ItemChange>) {}
}
