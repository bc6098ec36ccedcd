/// A field of a model for filters, sorts and indexes. It has a JSON path and a function that reads it in Swift.
///
/// ```swift
/// extension Beacon {
///     static let siteId = Field(\Beacon.siteId)             // "site_id"
///     static let kind = Field(\Beacon.center?.type)         // "center.type"
/// }
/// let filter = Beacon.siteId == "1" && !Beacon.kind.isNull
/// ```
/// The path is derived from the type's coding keys, see ``DerivedSchema``. This is impossible if the type has custom
/// decoding or the property is computed. The field then has no name, and opening a persistence with a filter or an
/// index on it fails with Internal `NO_FIELD_NAME`. In this case, pass the path explicitly:
/// `Field("place.city", \Note.place?.city)`.
///
/// The field's type must have a dynamic value, see ``FieldValue``. Types with a raw value, such as enumerations, need
/// no conformance. Optionals and lists of all these are supported. In-memory stores read the field in Swift; drivers of
/// external systems translate its path. Both must refer to the same value.
public struct Field<Item: Sendable, Value: Sendable>: Sendable {
    /// The JSON path. The names of nested fields are joined by dots.
    public let path: String
    let any: AnyField<Item>
    let dynamic: @Sendable (Value) -> AnyValue

    /// Creates a field that is read by a key path, from which its JSON name is derived.
    public init(_ keyPath: KeyPath<Item, Value> & Sendable) where Item: Decodable, Value: FieldValue {
        self.init(keyPath, as: { $0.fieldValue })
    }

    /// Creates a field that is read by a key path.
    public init(_ path: String, _ keyPath: KeyPath<Item, Value> & Sendable) where Value: FieldValue {
        self.init(path, { $0[keyPath: keyPath] }, as: { $0.fieldValue })
    }

    /// Creates a field that is read by a closure.
    public init(_ path: String, _ read: @escaping @Sendable (Item) -> Value) where Value: FieldValue {
        self.init(path, read, as: { $0.fieldValue })
    }

    /// Matches if the field is null or missing.
    public var isNull: Filter<Item> { filter(.compare(path: path, .equal, .null)) }

    /// Matches if the field equals one of the values. An empty list never matches.
    public func isIn(_ values: some Sequence<Value>) -> Filter<Item> {
        filter(.oneOf(path: path, values.map(dynamic)))
    }

    /// Matches if the field is a string with the given prefix.
    public func hasPrefix(_ text: String, ignoringCase: Bool = false) -> Filter<Item> {
        filter(.text(path: path, .prefix, text, ignoringCase: ignoringCase))
    }

    /// Matches if the field is a string that contains the given one.
    public func contains(_ text: String, ignoringCase: Bool = false) -> Filter<Item> {
        filter(.text(path: path, .contains, text, ignoringCase: ignoringCase))
    }

    /// Matches if the field is the given string; by default case-insensitive.
    public func matches(_ text: String, ignoringCase: Bool = true) -> Filter<Item> {
        filter(.text(path: path, .whole, text, ignoringCase: ignoringCase))
    }

    /// Sorts by the field in ascending order.
    public var ascending: Sort<Item> { Sort([Sort.Key(field: any, ascending: true)]) }
    /// Sorts by the field in descending order.
    public var descending: Sort<Item> { Sort([Sort.Key(field: any, ascending: false)]) }

    // MARK: - Internal

    init(
        _ path: String, _ read: @escaping @Sendable (Item) -> Value, as dynamic: @escaping @Sendable (Value) -> AnyValue
    ) {
        self.path = path
        self.dynamic = dynamic
        any = AnyField(path: path) { dynamic(read($0)) }
    }

    /// - Parameter dynamic: must depend only on its argument, because names are derived once for each key path.
    private init(_ keyPath: KeyPath<Item, Value> & Sendable, as dynamic: @escaping @Sendable (Value) -> AnyValue)
    where Item: Decodable {
        let read: @Sendable (Item) -> AnyValue = { dynamic($0[keyPath: keyPath]) }
        let found = FieldNames.find(keyPath, read)
        path = found ?? FieldNames.placeholder(keyPath)
        self.dynamic = dynamic
        any = AnyField(path: path, problem: found == nil ? FieldNames.problem(keyPath) : nil, read: read)
    }

    func filter(_ expression: FilterExpression) -> Filter<Item> { Filter(expression, fields: [path: any.read]) }
}

extension Field {
    /// Matches if the field equals the value. Null equals null and missing.
    public static func == (field: Field, value: Value) -> Filter<Item> { field.compare(.equal, value) }
    /// Matches if the field does not equal the value or is missing.
    public static func != (field: Field, value: Value) -> Filter<Item> { !field.compare(.equal, value) }
    /// Matches if the field is less than the value.
    public static func < (field: Field, value: Value) -> Filter<Item> { field.compare(.less, value) }
    /// Matches if the field is less than or equal to the value.
    public static func <= (field: Field, value: Value) -> Filter<Item> { field.compare(.lessOrEqual, value) }
    /// Matches if the field is greater than the value.
    public static func > (field: Field, value: Value) -> Filter<Item> { field.compare(.greater, value) }
    /// Matches if the field is greater than or equal to the value.
    public static func >= (field: Field, value: Value) -> Filter<Item> { field.compare(.greaterOrEqual, value) }

    private func compare(_ comparison: FilterExpression.Comparison, _ value: Value) -> Filter<Item> {
        filter(.compare(path: path, comparison, dynamic(value)))
    }
}

extension Field where Value: Sequence, Value.Element: FieldValue {
    /// Matches if an element of the field equals the value.
    public func includes(_ element: Value.Element) -> Filter<Item> {
        filter(.compare(path: path, .equal, element.fieldValue))
    }

    /// Matches if an element of the field equals one of the values.
    public func includesAny(of elements: some Sequence<Value.Element>) -> Filter<Item> {
        filter(.oneOf(path: path, elements.map(\.fieldValue)))
    }
}

// For types with a raw value, such as enumerations. A conformance to `FieldValue` takes precedence.
extension Field {
    /// Creates a field of an enumeration or another type that is compared by its raw value.
    @_disfavoredOverload
    public init(_ keyPath: KeyPath<Item, Value> & Sendable)
    where Item: Decodable, Value: RawRepresentable, Value.RawValue: FieldValue {
        self.init(keyPath, as: { $0.rawValue.fieldValue })
    }

    /// Creates a field of an optional enumeration.
    @_disfavoredOverload
    public init<Wrapped: RawRepresentable>(_ keyPath: KeyPath<Item, Value> & Sendable)
    where Item: Decodable, Value == Wrapped?, Wrapped.RawValue: FieldValue {
        self.init(keyPath, as: { $0.map(\.rawValue.fieldValue) ?? .null })
    }

    /// Creates a field of a list or set of an enumeration's values.
    @_disfavoredOverload
    public init(_ keyPath: KeyPath<Item, Value> & Sendable)
    where Item: Decodable, Value: Sequence, Value.Element: RawRepresentable, Value.Element.RawValue: FieldValue {
        self.init(keyPath, as: { .array($0.map(\.rawValue.fieldValue)) })
    }

    /// Creates a field of an enumeration, or of another type that is compared by its raw value.
    @_disfavoredOverload
    public init(_ path: String, _ keyPath: KeyPath<Item, Value> & Sendable)
    where Value: RawRepresentable, Value.RawValue: FieldValue {
        self.init(path, { $0[keyPath: keyPath] }, as: { $0.rawValue.fieldValue })
    }

    /// Creates a field of an enumeration or another type that is compared by its raw value.
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

    /// Creates a field of a list or set of enumeration values.
    @_disfavoredOverload
    public init(_ path: String, _ keyPath: KeyPath<Item, Value> & Sendable)
    where Value: Sequence, Value.Element: RawRepresentable, Value.Element.RawValue: FieldValue {
        self.init(path, { $0[keyPath: keyPath] }, as: { .array($0.map(\.rawValue.fieldValue)) })
    }
}

extension Field where Value: Sequence, Value.Element: RawRepresentable, Value.Element.RawValue: FieldValue {
    /// Matches if an element of the field equals the value.
    @_disfavoredOverload
    public func includes(_ element: Value.Element) -> Filter<Item> {
        filter(.compare(path: path, .equal, element.rawValue.fieldValue))
    }

    /// Matches if an element of the field equals one of the values.
    @_disfavoredOverload
    public func includesAny(of elements: some Sequence<Value.Element>) -> Filter<Item> {
        filter(.oneOf(path: path, elements.map(\.rawValue.fieldValue)))
    }
}

/// A type-erased field.
struct AnyField<Item>: Sendable {
    let path: String
    /// The error for a field without a name; nil if it has one.
    var problem: ApplicationError?
    let read: @Sendable (Item) -> AnyValue
}
