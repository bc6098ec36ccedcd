/// Selects items. Memory stores evaluate it, and database drivers translate it (no toolkit equivalent).
///
/// Create it from ``Field``s and combine it with `&&`, `||` and `!`:
/// ```swift
/// let filter = Beacon.siteId == "1" && (Beacon.radius > 5 || Beacon.label.hasPrefix("A"))
/// ```
/// docs/data.md defines each condition, including its behaviour for null and for numbers compared with strings.
public struct Filter<Item: Sendable>: Sendable {
    /// The expression for drivers.
    public let expression: FilterExpression
    let fields: [String: @Sendable (Item) -> AnyValue]

    /// Creates a filter from an expression. In memory, fields are read from the JSON form of items, which is slow for
    /// types other than ``AnyValue``. A filter of ``Field``s is fast.
    public init(_ expression: FilterExpression) { self.init(expression, fields: [:]) }

    /// Matches all items.
    public static var all: Filter { Filter(.all) }
    /// Matches no items.
    public static var none: Filter { Filter(.none) }

    /// Matches if all filters match; always if there are none.
    public static func all(of filters: some Sequence<Filter>) -> Filter { join(filters) { .and($0) } }
    /// Matches if any filter matches; never if there are none.
    public static func any(of filters: some Sequence<Filter>) -> Filter { join(filters) { .or($0) } }

    /// Matches if both filters match.
    public static func && (left: Filter, right: Filter) -> Filter {
        join([left, right]) { .and($0.flatMap(\.conjuncts)) }
    }

    /// Matches if at least one of the filters matches.
    public static func || (left: Filter, right: Filter) -> Filter { join([left, right]) { .or($0) } }

    /// Matches if the filter does not match.
    public static prefix func ! (filter: Filter) -> Filter { Filter(.not(filter.expression), fields: filter.fields) }

    // MARK: - Internal

    init(_ expression: FilterExpression, fields: [String: @Sendable (Item) -> AnyValue]) {
        self.expression = expression
        self.fields = fields
    }

    private static func join(
        _ filters: some Sequence<Filter>, _ combine: ([FilterExpression]) -> FilterExpression
    ) -> Filter {
        var fields: [String: @Sendable (Item) -> AnyValue] = [:]
        for filter in filters { fields.merge(filter.fields) { $1 } }
        return Filter(combine(filters.map(\.expression)), fields: fields)
    }
}

extension Filter where Item: Encodable {
    /// Returns true if an item matches.
    public func matches(_ item: Item) -> Bool {
        FilterProgram<Item>(expression) { fields[$0] ?? FieldReading.encoded($0) }.holds(item)
    }
}

/// Reads fields by their paths.
enum FieldReading {
    static func encoded<Item: Encodable & Sendable>(_ path: String) -> @Sendable (Item) -> AnyValue {
        let path = DocumentPath(path)
        return { item in
            if let document = item as? AnyValue { return path.value(in: document) }
            return (try? AnyValue(encoding: item)).map { path.value(in: $0) } ?? .null
        }
    }
}
