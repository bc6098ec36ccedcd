/// The order of items: by one field, and by further ones where items are equal in it.
///
/// ```swift
/// let order = Beacon.siteId.ascending.then(Beacon.radius.descending)
/// ```
/// Values of different kinds are sorted null first, then numbers, texts, maps, lists, truth values and dates. Items that
/// are equal in all fields follow as they were stored, or backwards when the last field descends.
public struct Sort<Item: Sendable>: Sendable {
    struct Key: Sendable {
        var field: AnyField<Item>
        var ascending: Bool
    }

    let keys: [Key]

    /// The order in which items were stored.
    public static var stored: Sort { Sort([]) }

    /// Sorts what is equal by another order.
    public func then(_ next: Sort) -> Sort { Sort(keys + next.keys) }

    /// The fields and directions, for drivers.
    public var params: SortParams { SortParams(keys.map { SortField($0.field.path, ascending: $0.ascending) }) }

    // MARK: - Internal

    init(_ keys: [Key]) { self.keys = keys }

    func values(of item: Item) -> [AnyValue] { keys.map { $0.field.read(item) } }

    func areInOrder(_ left: [AnyValue], _ leftPosition: Int, _ right: [AnyValue], _ rightPosition: Int) -> Bool {
        for (index, key) in keys.enumerated() {
            let order = ValueOrder.compare(left[index], right[index])
            if order != 0 { return key.ascending == (order < 0) }
        }
        return isBackwards ? leftPosition > rightPosition : leftPosition < rightPosition
    }

    var isBackwards: Bool { keys.last.map { !$0.ascending } ?? false }
}

extension Sort where Item: Encodable {
    /// The order that a request asks for. Fields that `fields` does not name are looked up in the form that items have in
    /// JSON, which is slow for types other than ``AnyValue``.
    public init(_ params: SortParams) {
        keys = params.fields.map { field in
            Key(
                field: AnyField(path: field.name, read: FieldReading.encoded(field.name)),
                ascending: field.ascending)
        }
    }
}
