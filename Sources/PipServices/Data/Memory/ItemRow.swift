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

/// A row without the type of its item.
///
/// Trees and tables hold this: their code is then made for it once, in this module, which is several times as fast as code
/// that finds out at run time how to treat the items of another module.
typealias ErasedRow = AnyObject & Sendable

extension ItemRow {
    /// The row that was stored without its type. A table holds rows of no other type.
    static func of(_ row: any ErasedRow) -> ItemRow { unsafeDowncast(row, to: ItemRow.self) }
}
