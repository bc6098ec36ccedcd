/// Says which items are meant, in a way that memory can ask and databases can be asked (the toolkit leaves this open).
///
/// Made of ``Field``s and joined by `&&`, `||` and `!`:
/// ```swift
/// let filter = Beacon.siteId == "1" && (Beacon.radius > 5 || Beacon.label.hasPrefix("A"))
/// ```
/// What each condition means, for null and numbers against text among others, is written down in docs/data.md.
public struct Filter<Item: Sendable>: Sendable {
    /// What is asked, for drivers.
    public let expression: FilterExpression
    let fields: [String: @Sendable (Item) -> AnyValue]

    /// Creates a filter from an expression. Memory then looks at the form that items have in JSON, which is slow for
    /// types other than ``AnyValue``; a filter of ``Field``s is not.
    public init(_ expression: FilterExpression) { self.init(expression, fields: [:]) }

    /// Holds for all items.
    public static var all: Filter { Filter(.all) }
    /// Holds for no item.
    public static var none: Filter { Filter(.none) }

    /// Holds where all of the filters do; everywhere when there are none.
    public static func all(of filters: some Sequence<Filter>) -> Filter { join(filters) { .and($0) } }
    /// Holds where any of the filters does; nowhere when there are none.
    public static func any(of filters: some Sequence<Filter>) -> Filter { join(filters) { .or($0) } }

    /// Holds where both do.
    public static func && (left: Filter, right: Filter) -> Filter {
        join([left, right]) { .and($0.flatMap(\.conjuncts)) }
    }

    /// Holds where one of them does, or both.
    public static func || (left: Filter, right: Filter) -> Filter { join([left, right]) { .or($0) } }

    /// Holds where the filter does not.
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
    /// True when the filter holds for an item.
    public func matches(_ item: Item) -> Bool {
        FilterProgram<Item>(expression) { fields[$0] ?? FieldReading.encoded($0) }.holds(item)
    }
}

/// Reading of fields that nothing but a path is known of.
enum FieldReading {
    static func encoded<Item: Encodable & Sendable>(_ path: String) -> @Sendable (Item) -> AnyValue {
        let path = DocumentPath(path)
        return { item in
            if let document = item as? AnyValue { return path.value(in: document) }
            return (try? AnyValue(encoding: item)).map { path.value(in: $0) } ?? .null
        }
    }
}
