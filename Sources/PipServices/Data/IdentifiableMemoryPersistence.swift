internal import OrderedCollections

/// Keeps items in memory, by id, in the order in which they came (the toolkit's `IdentifiableMemoryPersistence`).
///
/// An engine: a persistence holds it as a child and offers what its model needs.
/// ```swift
/// final class BeaconsMemoryPersistence: Component, BeaconsPersistence {
///     let items = IdentifiableMemoryPersistence<Beacon>()
/// }
/// ```
/// Safe to use from any task. What it gives are copies.
public final class IdentifiableMemoryPersistence<Item: StringIdentifiable>: Component, Cleanable {
    private let maxPageSize = Setting("options.max_page_size", default: 100, "The most items that a page has")
    private let random = RandomSlot()
    private let logger = CompositeLogger()
    private let items = Locked<OrderedDictionary<String, Item>>([:])

    /// Creates an empty store.
    public init() { SlotCollector.declare(self, slots: [maxPageSize, random], children: [logger]) }

    /// A page of the items that a condition holds for.
    ///
    /// Never more than `options.max_page_size`, also when `paging` asks for more or for none. The total is counted when
    /// `paging` asks for it.
    public func getPage(
        _ context: Context, where condition: (@Sendable (Item) -> Bool)? = nil, paging: PagingParams = PagingParams(),
        sortedBy areInOrder: (@Sendable (Item, Item) -> Bool)? = nil
    ) -> DataPage<Item> {
        let found = getList(context, where: condition, sortedBy: areInOrder)
        let skip = Int(clamping: paging.getSkip(0))
        let take = Int(clamping: paging.getTake(Int64(max(0, maxPageSize()))))
        let page = Array(found.dropFirst(skip).prefix(take))
        logger.trace(context, "Retrieved \(page.count) items")
        return DataPage(page, total: paging.total ? Int64(found.count) : nil)
    }

    /// All items that a condition holds for.
    public func getList(
        _ context: Context, where condition: (@Sendable (Item) -> Bool)? = nil,
        sortedBy areInOrder: (@Sendable (Item, Item) -> Bool)? = nil
    ) -> [Item] {
        let all = items.current.values
        let found = condition.map { all.filter($0) } ?? Array(all)
        return areInOrder.map { found.sorted(by: $0) } ?? found
    }

    /// How many items a condition holds for.
    public func getCount(_ context: Context, where condition: (@Sendable (Item) -> Bool)? = nil) -> Int {
        let all = items.current.values
        return condition.map { all.count(where: $0) } ?? all.count
    }

    /// The first item that a condition holds for, or nil.
    public func getOne(_ context: Context, where condition: @Sendable (Item) -> Bool) -> Item? {
        items.current.values.first(where: condition)
    }

    /// The item with an id, or nil.
    public func getOneById(_ context: Context, _ id: String) -> Item? { items.withLock { $0[id] } }

    /// The items with the ids, in the order of the ids; missing ones are left out.
    public func getListByIds(_ context: Context, _ ids: [String]) -> [Item] {
        items.withLock { items in ids.compactMap { items[$0] } }
    }

    /// Adds an item. An empty id is replaced by a new one.
    /// - Throws: Conflict `ALREADY_EXISTS` when there is an item with that id.
    @discardableResult
    public func create(_ context: Context, _ item: Item) throws(ApplicationError) -> Item {
        let item = identified(item)
        let isNew = items.withLock { items in
            guard items[item.id] == nil else { return false }
            items[item.id] = item
            return true
        }
        guard isNew else {
            throw .conflict(
                code: "ALREADY_EXISTS", "There is an item with id '\(item.id)' already", traceId: context.traceId,
                details: ["id": .string(item.id)])
        }
        logger.trace(context, "Created item \(item.id)")
        return item
    }

    /// Adds an item, or replaces the one with its id. An empty id is replaced by a new one.
    @discardableResult
    public func set(_ context: Context, _ item: Item) -> Item {
        let item = identified(item)
        items.withLock { $0[item.id] = item }
        logger.trace(context, "Set item \(item.id)")
        return item
    }

    /// Replaces the item with the same id. Nil when there is none.
    @discardableResult
    public func update(_ context: Context, _ item: Item) -> Item? {
        let isThere = items.withLock { items in
            guard items[item.id] != nil else { return false }
            items[item.id] = item
            return true
        }
        guard isThere else { return nil }
        logger.trace(context, "Updated item \(item.id)")
        return item
    }

    /// Removes the item with an id, and gives it back. Nil when there is none.
    @discardableResult
    public func deleteById(_ context: Context, _ id: String) -> Item? {
        guard let item = items.withLock({ $0.removeValue(forKey: id) }) else { return nil }
        logger.trace(context, "Deleted item \(id)")
        return item
    }

    /// Removes the items with the ids.
    public func deleteByIds(_ context: Context, _ ids: [String]) {
        let ids = Set(ids)
        deleteBy(context) { ids.contains($0.id) }
    }

    /// Removes the items that a condition holds for.
    public func deleteBy(_ context: Context, where condition: @Sendable (Item) -> Bool) {
        let count = items.withLock { items in
            let before = items.count
            items.removeAll { condition($0.value) }
            return before - items.count
        }
        logger.trace(context, "Deleted \(count) items")
    }

    /// Removes all items.
    public func clear(_ context: Context) async throws { items.withLock { $0.removeAll() } }

    // MARK: - Internal

    private func identified(_ item: Item) -> Item {
        guard item.id.isEmpty else { return item }
        var item = item
        item.id = IdGenerator.nextLong(random)
        return item
    }
}

extension IdentifiableMemoryPersistence where Item: Codable {
    /// Replaces top-level fields of the item with an id. Nil when there is none.
    /// - Throws: BadRequest `INVALID_DATA` when the fields do not fit the item.
    @discardableResult
    public func updatePartially(
        _ context: Context, _ id: String, _ data: AnyValueMap
    ) throws(ApplicationError) -> Item? {
        // Read and write are one step under the lock, or an update in between would be lost.
        let result = items.withLock { items -> Result<Item?, ApplicationError> in
            do throws(ApplicationError) {
                guard let item = items[id] else { return .success(nil) }
                var fields = Parameters(try AnyValue(encoding: item)).values
                fields.append(data)
                let changed = try AnyValue.map(fields).decode(Item.self)
                if changed.id != id { items.removeValue(forKey: id) }
                items[changed.id] = changed
                return .success(changed)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}
