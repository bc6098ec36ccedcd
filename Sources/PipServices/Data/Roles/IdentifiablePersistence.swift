/// What every store of items with ids can do, in memory, in a file or in a database.
///
/// A persistence of a service holds one and offers what its model needs. Each call is one atomic step. What is given are
/// copies. All calls are safe from any task, and throw what the store throws, such as NoResponse or WriteFailed.
///
/// Items that are ``Versioned`` are guarded: an update must come with the version that is stored, and gives the item the
/// next one.
public protocol IdentifiablePersistence<Item>: Getter, Setter, Writer, PartialUpdater
where Item: StringIdentifiable & Codable {
    /// A page of the items that a filter holds for.
    ///
    /// Never more than `options.max_page_size`, also when `paging` asks for more or for none. The total is counted when
    /// `paging` asks for it.
    func getPage(
        _ context: Context, where filter: Filter<Item>, paging: PagingParams, sortedBy order: Sort<Item>
    ) async throws -> DataPage<Item>

    /// The same with only some fields of the items, by their paths in JSON. No fields mean all.
    func getPage(
        _ context: Context, where filter: Filter<Item>, paging: PagingParams, sortedBy order: Sort<Item>,
        fields: ProjectionParams
    ) async throws -> DataPage<AnyValueMap>

    /// The page behind the one that a token came with; no item is left out or given twice for changes in between to others.
    /// - Throws: BadRequest `BAD_TOKEN` for a token of another filter, order or run of the service.
    func getPage(
        _ context: Context, where filter: Filter<Item>, paging: TokenizedPagingParams, sortedBy order: Sort<Item>
    ) async throws -> TokenizedDataPage<Item>

    /// All items that a filter holds for.
    func getList(_ context: Context, where filter: Filter<Item>, sortedBy order: Sort<Item>) async throws -> [Item]
    /// How many items a filter holds for.
    func getCount(_ context: Context, where filter: Filter<Item>) async throws -> Int
    /// The first stored item that a filter holds for, or nil.
    func getOne(_ context: Context, where filter: Filter<Item>) async throws -> Item?
    /// Any item that a filter holds for, each as likely as the others; nil when there is none.
    func getOneRandom(_ context: Context, where filter: Filter<Item>) async throws -> Item?
    /// The items with the ids, in the order of the ids; missing ones are left out.
    func getListByIds(_ context: Context, _ ids: [String]) async throws -> [Item]

    /// Adds items, all or none. Empty ids are replaced by new ones.
    /// - Throws: Conflict `ALREADY_EXISTS` when an id is there already, or comes twice.
    @discardableResult
    func createMany(_ context: Context, _ items: [Item]) async throws -> [Item]

    /// Adds an item unless a filter holds for one that is there, so that a request that is repeated has no further effect.
    /// - Returns: the item that is there, or the new one.
    /// - Throws: Conflict `ALREADY_EXISTS` when the filter holds for none and there is one with that id.
    @discardableResult
    func createOnce(_ context: Context, _ item: Item, unless existing: Filter<Item>) async throws -> Item

    /// Adds items or replaces those with their ids, all or none.
    @discardableResult
    func setMany(_ context: Context, _ items: [Item]) async throws -> [Item]

    /// Removes the items with the ids. Missing ones are ignored.
    func deleteByIds(_ context: Context, _ ids: [String]) async throws
    /// Removes the items that a filter holds for.
    /// - Returns: how many there were.
    @discardableResult
    func deleteByFilter(_ context: Context, _ filter: Filter<Item>) async throws -> Int
    /// Removes all items.
    func clear(_ context: Context) async throws
}

extension IdentifiablePersistence {
    /// Adds an item unless there is one with its id.
    /// - Returns: the item that is there, or the new one.
    @discardableResult
    public func createOnce(_ context: Context, _ item: Item) async throws -> Item {
        let id = item.id
        return try await createOnce(context, item, unless: Field("id") { $0.id } == id)
    }
}
