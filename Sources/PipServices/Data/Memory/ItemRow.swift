/// An item as a table holds it. Shared by all states of the table and all of its indexes.
final class ItemRow<Item: Sendable>: Sendable {
    /// Grows from item to item; an item that is replaced keeps it.
    let position: Int
    /// Nil where items have none.
    let id: String?
    let item: Item

    init(position: Int, id: String?, item: Item) {
        self.position = position
        self.id = id
        self.item = item
    }
}
