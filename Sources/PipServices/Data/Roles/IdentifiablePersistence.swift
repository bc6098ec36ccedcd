/// The operations of every store of items with ids, in memory, in a file or in a database.
///
/// A persistence holds such a store and provides the operations of its model. Each call is atomic. Items are returned
/// as copies. Safe to use from any task. All calls throw the errors of the store, such as NoResponse or WriteFailed.
///
/// ``Versioned`` items use optimistic locking: an update must contain the stored version, and assigns the next one.
public protocol IdentifiablePersistence<Item>: Getter, Setter, Writer, PartialUpdater
where Item: StringIdentifiable & Codable {
    /// Returns a page of the items that match a filter.
    ///
    /// It has at most `options.max_page_size` items, whatever `paging` requests. The total is counted only if `paging`
    /// requests it.
    func getPage(
        _ context: Context, where filter: Filter<Item>, paging: PagingParams, sortedBy order: Sort<Item>
    ) async throws -> DataPage<Item>

    /// Returns a page of the items that match a filter, with only the fields at the given JSON paths. No fields mean
    /// all.
    func getPage(
        _ context: Context, where filter: Filter<Item>, paging: PagingParams, sortedBy order: Sort<Item>,
        fields: ProjectionParams
    ) async throws -> DataPage<AnyValueMap>

    /// Returns the page after the one with the token. Concurrent changes to other items neither skip nor repeat an
    /// item.
    /// - Throws: BadRequest `BAD_TOKEN` for a token of another filter, order or run of the service.
    func getPage(
        _ context: Context, where filter: Filter<Item>, paging: TokenizedPagingParams, sortedBy order: Sort<Item>
    ) async throws -> TokenizedDataPage<Item>

    /// Returns all items that match a filter.
    func getList(_ context: Context, where filter: Filter<Item>, sortedBy order: Sort<Item>) async throws -> [Item]
    /// Returns the number of items that match a filter.
    func getCount(_ context: Context, where filter: Filter<Item>) async throws -> Int
    /// Returns the first stored item that matches a filter, or nil.
    func getOne(_ context: Context, where filter: Filter<Item>) async throws -> Item?
    /// Returns a random item that matches a filter, uniformly distributed, or nil.
    func getOneRandom(_ context: Context, where filter: Filter<Item>) async throws -> Item?
    /// Returns the items with the ids, in the order of the ids. Missing ones are omitted.
    func getListByIds(_ context: Context, _ ids: [String]) async throws -> [Item]

    /// Adds items, all or none. Empty ids are replaced by new ones.
    /// - Throws: Conflict `ALREADY_EXISTS` if an id exists or is repeated.
    @discardableResult
    func createMany(_ context: Context, _ items: [Item]) async throws -> [Item]

    /// Adds an item unless an existing one matches a filter, so that a repeated request has no further effect.
    /// - Returns: the existing item or the new one.
    /// - Throws: Conflict `ALREADY_EXISTS` if none matches but the id exists.
    @discardableResult
    func createOnce(_ context: Context, _ item: Item, unless existing: Filter<Item>) async throws -> Item

    /// Adds or replaces items, all or none.
    @discardableResult
    func setMany(_ context: Context, _ items: [Item]) async throws -> [Item]

    /// Deletes the items with the ids. Missing ones are ignored.
    func deleteByIds(_ context: Context, _ ids: [String]) async throws
    /// Deletes the items that match a filter.
    /// - Returns: the number of deleted items.
    @discardableResult
    func deleteByFilter(_ context: Context, _ filter: Filter<Item>) async throws -> Int
    /// Deletes all items.
    func clear(_ context: Context) async throws
}

extension IdentifiablePersistence {
    /// Adds an item unless its id exists.
    /// - Returns: the existing item or the new one.
    @discardableResult
    public func createOnce(_ context: Context, _ item: Item) async throws -> Item {
        let id = item.id
        return try await createOnce(context, item, unless: Field("id") { $0.id } == id)
    }
}
