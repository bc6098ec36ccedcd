/// A connector to a document store, such as MongoDB (``MongoDBConnector``) or memory (``MemoryDocumentConnector``).
///
/// A document is a map whose `id` is a string that is unique in its collection; the driver maps it to the store's own
/// key. A collection is created with its first document. docs/data.md defines the meaning of filters: a driver
/// translates them, or throws Unsupported if its store can't evaluate them equally. Each call is atomic, except those
/// for several documents. Safe to use from any task. All calls throw NoResponse if the store can't be reached or does
/// not reply in time.
///
/// A connector that opens a connection is also a ``Component``, and its owner configures, opens and closes it.
public protocol DocumentConnector: Sendable {
    /// Returns the documents that match a query.
    func find(_ context: Context, in collection: String, _ query: DocumentQuery) async throws -> [AnyValueMap]
    /// Returns the number of documents that match a filter.
    func count(_ context: Context, in collection: String, where filter: FilterExpression) async throws -> Int

    /// Adds documents. If it fails, some of them may be stored.
    /// - Throws: Conflict `ALREADY_EXISTS` for a duplicate id or another duplicate value of a unique index; BadRequest
    ///   `NO_ID` for a document without an id.
    func insert(_ context: Context, into collection: String, _ documents: [AnyValueMap]) async throws

    /// Replaces the document with an id if it also matches a filter.
    /// - Parameter orInsert: true to insert the document if the id does not exist.
    /// - Returns: false if nothing was changed.
    /// - Throws: Conflict `ALREADY_EXISTS`, BadRequest `NO_ID`.
    @discardableResult
    func replace(
        _ context: Context, in collection: String, _ document: AnyValueMap, where filter: FilterExpression,
        orInsert: Bool
    ) async throws -> Bool

    /// Replaces top-level fields of the document with an id if it also matches a filter. The id can't be changed.
    /// - Returns: the stored document; nil if nothing was changed.
    /// - Throws: Conflict `ALREADY_EXISTS`; BadRequest `BAD_ID` for another id among the fields.
    @discardableResult
    func update(
        _ context: Context, in collection: String, id: String, _ fields: AnyValueMap, where filter: FilterExpression
    ) async throws -> AnyValueMap?

    /// Deletes the document with an id.
    /// - Returns: the deleted document, or nil.
    @discardableResult
    func delete(_ context: Context, from collection: String, id: String) async throws -> AnyValueMap?

    /// Deletes the documents that match a filter.
    /// - Returns: the number of deleted documents.
    @discardableResult
    func deleteAll(_ context: Context, from collection: String, where filter: FilterExpression) async throws -> Int

    /// Creates an index unless it exists.
    /// - Throws: Conflict `ALREADY_EXISTS` if documents violate a unique index.
    func createIndex(_ context: Context, in collection: String, _ index: DocumentIndex) async throws
}
