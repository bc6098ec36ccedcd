/// One of several changes that a persistence applies together.
public enum PersistenceChange<Item: StringIdentifiable>: Sendable {
    /// Adds an item. Fails if the id exists.
    case create(Item)
    /// Adds an item, or replaces the one with its id.
    case set(Item)
    /// Replaces the item with the same id, if there is one.
    case update(Item)
    /// Deletes the item with an id, if there is one.
    case delete(String)

    // MARK: - Internal

    /// Returns the change with a transformed item.
    func map(_ change: (Item) -> Item) -> PersistenceChange {
        switch self {
        case .create(let item): .create(change(item))
        case .set(let item): .set(change(item))
        case .update, .delete: self
        }
    }
}
