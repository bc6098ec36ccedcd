/// Creates, updates and deletes items (the toolkit's `IWriter`).
public protocol Writer<Item>: Sendable {
    /// The type of the items.
    associatedtype Item: Identifiable & Sendable
    /// Adds an item. An empty id is replaced by a new one.
    /// - Returns: the stored item.
    /// - Throws: Conflict `ALREADY_EXISTS` if the id exists; errors of the store.
    @discardableResult
    func create(_ context: Context, _ item: Item) async throws -> Item

    /// Replaces the item with the same id.
    /// - Returns: the stored item; nil if the id does not exist.
    /// - Throws: Conflict `VERSION_CONFLICT` if a ``Versioned`` item has another version; errors of the store.
    @discardableResult
    func update(_ context: Context, _ item: Item) async throws -> Item?

    /// Deletes the item with an id.
    /// - Returns: the deleted item, or nil.
    /// - Throws: errors of the store.
    @discardableResult
    func deleteById(_ context: Context, _ id: Item.ID) async throws -> Item?
}

/// Adds or replaces items (the toolkit's `ISetter`).
public protocol Setter<Item>: Sendable {
    /// The type of the items.
    associatedtype Item: Sendable
    /// Adds an item, or replaces the one with its id.
    /// - Returns: the stored item.
    /// - Throws: errors of the store.
    @discardableResult
    func set(_ context: Context, _ item: Item) async throws -> Item
}

/// Saves all items at once, replacing the previous ones (the toolkit's `ISaver`).
public protocol Saver<Item>: Sendable {
    /// The type of the items.
    associatedtype Item: Sendable
    /// Saves all items.
    /// - Throws: errors of the target, such as WriteFailed.
    func save(_ context: Context, _ items: [Item]) async throws
}

/// Updates some fields of items (the toolkit's `IPartialUpdater`).
public protocol PartialUpdater<Item>: Sendable {
    /// The type of the items.
    associatedtype Item: Identifiable & Sendable
    /// Replaces fields of the item with an id, by their JSON names. Only the first level is merged. Fields that the
    /// type does not have are ignored, except the version of a ``Versioned`` item.
    /// - Returns: the stored item; nil if the id does not exist.
    /// - Throws: BadRequest `INVALID_DATA` if the changed item can't be decoded, `NO_ID` for an empty id; Conflict
    ///   `VERSION_CONFLICT` if the fields contain a version and a ``Versioned`` item has another one; errors of the
    ///   store.
    @discardableResult
    func updatePartially(_ context: Context, _ id: Item.ID, _ data: AnyValueMap) async throws -> Item?
}
