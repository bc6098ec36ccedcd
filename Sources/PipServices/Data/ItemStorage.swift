/// Where an engine of this room keeps its items beyond the life of the process, such as a file.
///
/// The engine holds all items in memory and answers all questions from there; the storage only has to give them back when
/// the engine is opened, and to take changes. Calls are never concurrent: writes that arrive while an `append` is under way
/// are gathered, and handed over together in the next one. A storage that is a ``Component`` belongs to the engine from
/// then on: it is configured from the engine's section. It is opened and closed by the calls below, not as a component.
public protocol ItemStorage: Sendable {
    /// Where the items are, for messages, such as the path of a file; nil by default.
    var location: String? { get }

    /// Reads what is stored, before anything else is called; again after a `close`.
    ///
    /// - Parameter key: gives the key of an item that was stored without one, by the item and its position in the list: a
    ///   plain list of items, as the other editions write it. It throws for an item that has no proper key.
    /// - Throws: ReadFailed when it can't be read, and what `key` throws; nothing stored may be changed then.
    func load(
        _ context: Context, key: @Sendable (_ item: AnyValue, _ position: Int) throws -> AnyValue
    ) async throws -> StoredItems

    /// Refuses changes that could not be stored whatever the state of the storage, such as a value that it has no form for.
    /// Asked before `append` for what belongs together, so that it does not fail what others store at the same time.
    /// - Throws: BadRequest `CANNOT_STORE`.
    func check(_ changes: some Sequence<ItemChange>) throws(ApplicationError)

    /// Stores changes, all or none, in their order. When it returns they survive a crash.
    ///
    /// - Throws: WriteFailed when they could not be stored; the engine then keeps its state from before them. When it is
    ///   not known whether they were stored, the storage must throw on all further calls until it is loaded again.
    func append(_ context: Context, _ changes: [ItemChange]) async throws

    /// Writes what is still to be written and lets go of what the storage holds. Nothing happens when it is not loaded.
    /// - Throws: WriteFailed.
    func close(_ context: Context) async throws
}

extension ItemStorage {
    /// Nothing to name.
    public var location: String? { nil }

    /// Refuses nothing.
    public func check(_ changes: some Sequence<ItemChange>) {}
}
