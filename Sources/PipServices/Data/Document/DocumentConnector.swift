/// What the toolkit needs of a store of documents, such as MongoDB (``MongoDBConnector``), or memory
/// (``MemoryDocumentConnector``).
///
/// A document is a map whose `id` is a text that no other document of its collection has; how the system calls it is the
/// driver's affair. A collection comes into being with its first document. Filters mean what docs/data.md says: a driver
/// translates them, or throws Unsupported for what its system can't answer alike. Each call is one atomic step of the store,
/// but for those on many documents. All calls are safe from any task. They throw NoResponse errors when the store can't be
/// reached or does not answer in time.
///
/// A connector that opens a connection is a ``Component`` too: who holds it configures, opens and closes it.
public protocol DocumentConnector: Sendable {
    /// The documents that a question asks for.
    func find(_ context: Context, in collection: String, _ query: DocumentQuery) async throws -> [AnyValueMap]
    /// How many documents a filter holds for.
    func count(_ context: Context, in collection: String, where filter: FilterExpression) async throws -> Int

    /// Adds documents. When it fails, some of them may be there.
    /// - Throws: Conflict `ALREADY_EXISTS` for an id that is there, or another value that must be unique; BadRequest `NO_ID`
    ///   for a document without an id.
    func insert(_ context: Context, into collection: String, _ documents: [AnyValueMap]) async throws

    /// Replaces the document with an id, if a filter holds for it too.
    /// - Parameter orInsert: whether the document is added when there is none with its id.
    /// - Returns: false when nothing was changed.
    /// - Throws: Conflict `ALREADY_EXISTS`, BadRequest `NO_ID`.
    @discardableResult
    func replace(
        _ context: Context, in collection: String, _ document: AnyValueMap, where filter: FilterExpression,
        orInsert: Bool
    ) async throws -> Bool

    /// Replaces top-level fields of the document with an id, if a filter holds for it too. The id can't be changed.
    /// - Returns: the document as it is stored; nil when nothing was changed.
    /// - Throws: Conflict `ALREADY_EXISTS`; BadRequest `BAD_ID` for another id among the fields.
    @discardableResult
    func update(
        _ context: Context, in collection: String, id: String, _ fields: AnyValueMap, where filter: FilterExpression
    ) async throws -> AnyValueMap?

    /// Removes the document with an id.
    /// - Returns: the document; nil when there was none.
    @discardableResult
    func delete(_ context: Context, from collection: String, id: String) async throws -> AnyValueMap?

    /// Removes the documents that a filter holds for.
    /// - Returns: how many there were.
    @discardableResult
    func deleteAll(_ context: Context, from collection: String, where filter: FilterExpression) async throws -> Int

    /// Makes sure that there is an index.
    /// - Throws: Conflict `ALREADY_EXISTS` for a unique one when documents are equal already.
    func createIndex(_ context: Context, in collection: String, _ index: DocumentIndex) async throws
}
