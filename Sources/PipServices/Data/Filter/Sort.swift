/// The sort order of items: by one field, and by further fields for equal values.
///
/// ```swift
/// let order = Beacon.siteId.ascending.then(Beacon.radius.descending)
/// ```
/// Values of different types are ordered: null, numbers, strings, maps, lists, Booleans, dates. Items that are equal in
/// all fields are in insertion order, reversed if the last field is descending.
public struct Sort<Item: Sendable>: Sendable {
    struct Key: Sendable {
        var field: AnyField<Item>
        var ascending: Bool
    }

    let keys: [Key]

    /// The insertion order.
    public static var stored: Sort { Sort([]) }

    /// Sorts equal items by another order.
    public func then(_ next: Sort) -> Sort { Sort(keys + next.keys) }

    /// The fields and directions, for drivers.
    public var params: SortParams { SortParams(keys.map { SortField($0.field.path, ascending: $0.ascending) }) }

    // MARK: - Internal

    init(_ keys: [Key]) { self.keys = keys }

    func values(of item: Item) -> [AnyValue] { keys.map { $0.field.read(item) } }
}

extension Sort where Item: Encodable {
    /// Creates the order requested by a client. Fields are read from the JSON form of items, which is slow for types
    /// other than ``AnyValue``, except for a single field with an ordered index.
    public init(_ params: SortParams) {
        keys = params.fields.map { field in
            Key(
                field: AnyField(path: field.name, read: FieldReading.encoded(field.name)),
                ascending: field.ascending)
        }
    }
}
