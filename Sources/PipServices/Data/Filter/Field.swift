/// A field of a model that filters, sorts and indexes name: by its path in JSON, and by what reads it in Swift.
///
/// Written once beside the model:
/// ```swift
/// extension Beacon {
///     static let siteId = Field("site_id", \Beacon.siteId)
///     static let kind = Field("center.type", \Beacon.center?.type)
/// }
/// let filter = Beacon.siteId == "1" && !Beacon.kind.isNull
/// ```
/// The type of the field is one that has a dynamic value, see ``FieldValue``, or an enumeration or another type whose raw
/// value has one, which needs no conformance; optionals and lists of these too. Memory reads the field in Swift; drivers of outside systems translate its path. Both must mean the same.
public struct Field<Item: Sendable, Value: Sendable>: Sendable {
    /// The name in JSON; the names on the way to a nested field are joined by dots.
    public let path: String
    let any: AnyField<Item>
    let dynamic: @Sendable (Value) -> AnyValue

    /// Creates a field that is read by a key path.
    public init(_ path: String, _ keyPath: KeyPath<Item, Value> & Sendable) where Value: FieldValue {
        self.init(path, { $0[keyPath: keyPath] }, as: { $0.fieldValue })
    }

    /// Creates a field that is read by a function.
    public init(_ path: String, _ read: @escaping @Sendable (Item) -> Value) where Value: FieldValue {
        self.init(path, read, as: { $0.fieldValue })
    }

    /// True where the field is null or missing.
    public var isNull: Filter<Item> { filter(.compare(path: path, .equal, .null)) }

    /// True where the field is equal to one of the values; never when there are none.
    public func isIn(_ values: some Sequence<Value>) -> Filter<Item> {
        filter(.oneOf(path: path, values.map(dynamic)))
    }

    /// True where the field is a text that begins with another one.
    public func hasPrefix(_ text: String, ignoringCase: Bool = false) -> Filter<Item> {
        filter(.text(path: path, .prefix, text, ignoringCase: ignoringCase))
    }

    /// True where the field is a text in which another one stands.
    public func contains(_ text: String, ignoringCase: Bool = false) -> Filter<Item> {
        filter(.text(path: path, .contains, text, ignoringCase: ignoringCase))
    }

    /// True where the field is a text, but for the case of letters.
    public func matches(_ text: String, ignoringCase: Bool = true) -> Filter<Item> {
        filter(.text(path: path, .whole, text, ignoringCase: ignoringCase))
    }

    /// Sorts by the field, the smallest first.
    public var ascending: Sort<Item> { Sort([Sort.Key(field: any, ascending: true)]) }
    /// Sorts by the field, the largest first.
    public var descending: Sort<Item> { Sort([Sort.Key(field: any, ascending: false)]) }

    // MARK: - Internal

    init(
        _ path: String, _ read: @escaping @Sendable (Item) -> Value, as dynamic: @escaping @Sendable (Value) -> AnyValue
    ) {
        self.path = path
        self.dynamic = dynamic
        any = AnyField(path: path) { dynamic(read($0)) }
    }

    func filter(_ expression: FilterExpression) -> Filter<Item> { Filter(expression, fields: [path: any.read]) }
}

extension Field {
    /// True where the field is equal to the value; null is equal to null and to what is missing.
    public static func == (field: Field, value: Value) -> Filter<Item> { field.compare(.equal, value) }
    /// True where the field is not equal to the value, also where it is missing.
    public static func != (field: Field, value: Value) -> Filter<Item> { !field.compare(.equal, value) }
    /// True where the field is before the value.
    public static func < (field: Field, value: Value) -> Filter<Item> { field.compare(.less, value) }
    /// True where the field is before the value, or equal.
    public static func <= (field: Field, value: Value) -> Filter<Item> { field.compare(.lessOrEqual, value) }
    /// True where the field is after the value.
    public static func > (field: Field, value: Value) -> Filter<Item> { field.compare(.greater, value) }
    /// True where the field is after the value, or equal.
    public static func >= (field: Field, value: Value) -> Filter<Item> { field.compare(.greaterOrEqual, value) }

    private func compare(_ comparison: FilterExpression.Comparison, _ value: Value) -> Filter<Item> {
        filter(.compare(path: path, comparison, dynamic(value)))
    }
}

extension Field where Value: Sequence, Value.Element: FieldValue {
    /// True where an element of the field is equal to the value.
    public func includes(_ element: Value.Element) -> Filter<Item> {
        filter(.compare(path: path, .equal, element.fieldValue))
    }

    /// True where an element of the field is equal to one of the values.
    public func includesAny(of elements: some Sequence<Value.Element>) -> Filter<Item> {
        filter(.oneOf(path: path, elements.map(\.fieldValue)))
    }
}

// Types with a raw value, such as enumerations. Those that conform to `FieldValue` say themselves what they are
// compared by.
extension Field {
    /// Creates a field of an enumeration, or of another type that is compared by its raw value.
    @_disfavoredOverload
    public init(_ path: String, _ keyPath: KeyPath<Item, Value> & Sendable)
    where Value: RawRepresentable, Value.RawValue: FieldValue {
        self.init(path, { $0[keyPath: keyPath] }, as: { $0.rawValue.fieldValue })
    }

    /// Creates a field of an enumeration, or of another type that is compared by its raw value.
    @_disfavoredOverload
    public init(_ path: String, _ read: @escaping @Sendable (Item) -> Value)
    where Value: RawRepresentable, Value.RawValue: FieldValue {
        self.init(path, read, as: { $0.rawValue.fieldValue })
    }

    /// Creates a field of an optional enumeration.
    @_disfavoredOverload
    public init<Wrapped: RawRepresentable>(_ path: String, _ keyPath: KeyPath<Item, Value> & Sendable)
    where Value == Wrapped?, Wrapped.RawValue: FieldValue {
        self.init(path, { $0[keyPath: keyPath] }, as: { $0.map(\.rawValue.fieldValue) ?? .null })
    }

    /// Creates a field of an optional enumeration.
    @_disfavoredOverload
    public init<Wrapped: RawRepresentable>(_ path: String, _ read: @escaping @Sendable (Item) -> Value)
    where Value == Wrapped?, Wrapped.RawValue: FieldValue {
        self.init(path, read, as: { $0.map(\.rawValue.fieldValue) ?? .null })
    }

    /// Creates a field of a list or set of an enumeration's values.
    @_disfavoredOverload
    public init(_ path: String, _ keyPath: KeyPath<Item, Value> & Sendable)
    where Value: Sequence, Value.Element: RawRepresentable, Value.Element.RawValue: FieldValue {
        self.init(path, { $0[keyPath: keyPath] }, as: { .array($0.map(\.rawValue.fieldValue)) })
    }
}

extension Field where Value: Sequence, Value.Element: RawRepresentable, Value.Element.RawValue: FieldValue {
    /// True where an element of the field is equal to the value.
    @_disfavoredOverload
    public func includes(_ element: Value.Element) -> Filter<Item> {
        filter(.compare(path: path, .equal, element.rawValue.fieldValue))
    }

    /// True where an element of the field is equal to one of the values.
    @_disfavoredOverload
    public func includesAny(of elements: some Sequence<Value.Element>) -> Filter<Item> {
        filter(.oneOf(path: path, elements.map(\.rawValue.fieldValue)))
    }
}

/// A field without its type.
struct AnyField<Item>: Sendable {
    let path: String
    let read: @Sendable (Item) -> AnyValue
}
