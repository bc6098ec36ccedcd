/// An item as a table holds it, whatever its type. Shared by all states of the table and all of its indexes.
///
/// Trees and tables hold this: their code is then made for it once, in this module, which is several times as fast as code
/// that finds out at run time how to treat the items of another module.
protocol StoredRow: AnyObject, Sendable {
    /// Grows from item to item; an item that is replaced keeps it.
    var position: Int { get }
    /// Nil where items have none.
    var id: String? { get }
    /// True when it has this id. Asked often: giving the id away would cost a copy each time.
    func isNamed(_ id: String) -> Bool
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

    func isNamed(_ id: String) -> Bool { self.id == id }

    /// The row with its type, which the table's owner knows: an ``ItemTable`` holds rows of one type only. A checked cast
    /// would cost as much as finding the row, and to look the type up for a call of this function half as much.
    @inline(__always)
    static func of(_ row: any StoredRow) -> ItemRow { unsafeDowncast(row, to: ItemRow.self) }
}

/// A row that a table's rows hold: what else points to it does not count its references.
///
/// A change copies what is around the place that it is about. To count references means to write to each row there, all
/// over the memory; of a large table that was most of what a change cost. So a row may be looked at by way of this only
/// while the rows of the same table live.
struct HeldRow: Sendable {
    unowned(unsafe) let row: any StoredRow

    init(_ row: any StoredRow) { self.row = row }
}

/// A field of stored rows.
struct RowField: Sendable {
    let path: String
    let read: @Sendable (any StoredRow) -> AnyValue

    init<Item: Sendable>(_ field: AnyField<Item>) {
        path = field.path
        read = { [read = field.read] in read(ItemRow<Item>.of($0).item) }
    }
}
