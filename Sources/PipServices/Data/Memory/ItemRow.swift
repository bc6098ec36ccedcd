/// A type-erased stored item. It is shared by all states of the table and all indexes.
///
/// Trees and tables use this type, so that their code is compiled once in this module. That is several times as fast as
/// unspecialized generic code for items of another module.
protocol StoredRow: AnyObject, Sendable {
    /// Increases from item to item. A replacement keeps the position of the replaced item.
    var position: Int { get }
    /// The id; nil for items without ids.
    var id: String? { get }
}

/// A stored item.
final class ItemRow<Item: Sendable>: StoredRow {
    let position: Int
    let id: String?
    let item: Item

    init(position: Int, id: String?, item: Item) {
        self.position = position
        self.id = id
        self.item = item
    }

    /// Returns the row with its type. Nil for a row of another type, which an ``ItemTable`` never contains.
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
