/// A persistence that is written once and runs in memory, on a file or on a database.
///
/// It declares the type of its items and the filters for requests; all other operations have default implementations.
/// Add the operations of your model with ``items``:
/// ```swift
/// final class BeaconsPersistence: Component, StoredPersistence {
///     typealias Item = Beacon
///     let filters = Beacon.filters
///     let items: any PersistenceEngine<Beacon>
///     init(_ items: any PersistenceEngine<Beacon>) { self.items = items }
/// }
/// Factory()
///     .register("beacons:persistence:memory:*:1.0") { BeaconsPersistence(IdentifiableMemoryPersistence<Beacon>()) }
///     .register("beacons:persistence:file:*:1.0") { BeaconsPersistence(IdentifiableFilePersistence<Beacon>()) }
///     .register("beacons:persistence:mongodb:*:1.0") {
///         BeaconsPersistence(IdentifiableMongoDBPersistence<Beacon>("beacons"))
///     }
/// ```
/// The descriptor in the configuration selects the engine. The engine is a child component: its settings are in the
/// persistence's section.
public protocol StoredPersistence<Item>: IdentifiablePersistence, FilteredReader, FilteredPageReader, Outbox, Openable,
    Checkable
{
    /// The engine that stores the items.
    var items: any PersistenceEngine<Item> { get }
    /// The filters that requests may use.
    var filters: FilterRules<Item> { get }
}

extension StoredPersistence {
    /// Checks the filters. The engine is opened separately, as a child component.
    /// - Throws: as ``FilterRules/check()``.
    public func open(_ context: Context) async throws { try filters.check() }

    /// Does nothing, because the engine is closed as a child component.
    public func close(_ context: Context) async throws {}

    /// Checks the filters.
    /// - Throws: as ``FilterRules/check()``.
    public func checkConfiguration(_ context: Context) async throws { try filters.check() }

    /// Returns the items that match the parameters of a request.
    public func getListByFilter(
        _ context: Context, _ filter: FilterParams, _ sort: SortParams
    ) async throws -> [Item] {
        try await items.getList(context, where: try filters.filter(context, filter), sortedBy: Sort(sort))
    }

    /// Returns a page of the items that match the parameters of a request.
    public func getPageByFilter(
        _ context: Context, _ filter: FilterParams, _ paging: PagingParams, _ sort: SortParams
    ) async throws -> DataPage<Item> {
        try await items.getPage(
            context, where: try filters.filter(context, filter), paging: paging, sortedBy: Sort(sort))
    }

    /// See ``IdentifiablePersistence``.
    public func getPage(
        _ context: Context, where filter: Filter<Item> = .all, paging: PagingParams = PagingParams(),
        sortedBy order: Sort<Item> = .stored
    ) async throws -> DataPage<Item> {
        try await items.getPage(context, where: filter, paging: paging, sortedBy: order)
    }

    /// See ``IdentifiablePersistence``.
    public func getPage(
        _ context: Context, where filter: Filter<Item> = .all, paging: PagingParams = PagingParams(),
        sortedBy order: Sort<Item> = .stored, fields: ProjectionParams
    ) async throws -> DataPage<AnyValueMap> {
        try await items.getPage(context, where: filter, paging: paging, sortedBy: order, fields: fields)
    }

    /// See ``IdentifiablePersistence``.
    public func getPage(
        _ context: Context, where filter: Filter<Item> = .all, paging: TokenizedPagingParams,
        sortedBy order: Sort<Item> = .stored
    ) async throws -> TokenizedDataPage<Item> {
        try await items.getPage(context, where: filter, paging: paging, sortedBy: order)
    }

    /// See ``IdentifiablePersistence``.
    public func getList(
        _ context: Context, where filter: Filter<Item> = .all, sortedBy order: Sort<Item> = .stored
    ) async throws -> [Item] { try await items.getList(context, where: filter, sortedBy: order) }

    /// See ``IdentifiablePersistence``.
    public func getCount(_ context: Context, where filter: Filter<Item> = .all) async throws -> Int {
        try await items.getCount(context, where: filter)
    }

    /// See ``IdentifiablePersistence``.
    public func getOne(_ context: Context, where filter: Filter<Item>) async throws -> Item? {
        try await items.getOne(context, where: filter)
    }

    /// See ``IdentifiablePersistence``.
    public func getOneRandom(_ context: Context, where filter: Filter<Item> = .all) async throws -> Item? {
        try await items.getOneRandom(context, where: filter)
    }

    /// See ``Getter``.
    public func getOneById(_ context: Context, _ id: String) async throws -> Item? {
        try await items.getOneById(context, id)
    }

    /// See ``IdentifiablePersistence``.
    public func getListByIds(_ context: Context, _ ids: [String]) async throws -> [Item] {
        try await items.getListByIds(context, ids)
    }

    /// See ``Writer``.
    @discardableResult
    public func create(_ context: Context, _ item: Item) async throws -> Item { try await items.create(context, item) }

    /// See ``IdentifiablePersistence``.
    @discardableResult
    public func createMany(_ context: Context, _ items: [Item]) async throws -> [Item] {
        try await self.items.createMany(context, items)
    }

    /// See ``IdentifiablePersistence``.
    @discardableResult
    public func createOnce(_ context: Context, _ item: Item, unless existing: Filter<Item>) async throws -> Item {
        try await items.createOnce(context, item, unless: existing)
    }

    /// See ``Setter``.
    @discardableResult
    public func set(_ context: Context, _ item: Item) async throws -> Item { try await items.set(context, item) }

    /// See ``IdentifiablePersistence``.
    @discardableResult
    public func setMany(_ context: Context, _ items: [Item]) async throws -> [Item] {
        try await self.items.setMany(context, items)
    }

    /// See ``Writer``.
    @discardableResult
    public func update(_ context: Context, _ item: Item) async throws -> Item? {
        try await items.update(context, item)
    }

    /// See ``PartialUpdater``.
    @discardableResult
    public func updatePartially(_ context: Context, _ id: String, _ data: AnyValueMap) async throws -> Item? {
        try await items.updatePartially(context, id, data)
    }

    /// See ``Writer``.
    @discardableResult
    public func deleteById(_ context: Context, _ id: String) async throws -> Item? {
        try await items.deleteById(context, id)
    }

    /// See ``IdentifiablePersistence``.
    public func deleteByIds(_ context: Context, _ ids: [String]) async throws {
        try await items.deleteByIds(context, ids)
    }

    /// See ``IdentifiablePersistence``.
    @discardableResult
    public func deleteByFilter(_ context: Context, _ filter: Filter<Item>) async throws -> Int {
        try await items.deleteByFilter(context, filter)
    }

    /// See ``IdentifiablePersistence``.
    public func clear(_ context: Context) async throws { try await items.clear(context) }

    /// See ``PersistenceEngine/apply(_:_:messages:)``.
    @discardableResult
    public func apply(
        _ context: Context, _ changes: [PersistenceChange<Item>], messages: [OutboxMessage] = []
    ) async throws -> [Item?] { try await items.apply(context, changes, messages: messages) }

    /// See ``Outbox``.
    public func getUnsent(_ context: Context, _ count: Int) async throws -> [OutboxMessage] {
        try await items.getUnsent(context, count)
    }

    /// See ``Outbox``.
    public func markSent(_ context: Context, _ ids: [String]) async throws {
        try await items.markSent(context, ids)
    }
}
