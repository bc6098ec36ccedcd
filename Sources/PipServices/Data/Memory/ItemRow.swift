/// An item as a table holds it, without its type. All states of the table and all its indexes share it.
///
/// Trees and tables hold this: their code is then compiled once, in this module, and is several times as fast as
/// unspecialized generic code for items of another module.
protocol StoredRow: AnyObject, Sendable {
    /// Grows from item to item; an item that replaces another one keeps its position.
    var position: Int { get }
    /// Nil if items have no id.
    var id: String? { get }
}

/// An item as a table holds it.
final class ItemRow<Item: Sendable>: StoredRow {
    let position: Int
    let id: String?
    let item: Item

    init(position: Int, id: String?, item: Item) {
        self.position = position
        self.id = id
        self.item = item
    }

    /// The row with its type. Nil for a row of another type, which an ``ItemTable`` never holds.
    static func of(_ row: any StoredRow) -> ItemRow? { row as? ItemRow }
}

/// A field of stored rows.
struct RowField: Sendable {
    let path: String
    let read: @Sendable (any StoredRow) -> AnyValue

    init<Item: Sendable>(_ field: AnyField<Item>) {
        path = field.path
        read = { [read = field.read] in ItemRow<Item>.of($0).map { read($0.item) } ?? .null }
    }
}
