import FoundationEssentials

/// A value that expressions work with (the toolkit's `Variant`).
///
/// A value type that can be written as a literal. Operations on variants are in ``VariantOperations``.
public enum Variant: Sendable {
    /// No value.
    case null
    /// A whole number.
    case integer(Int64)
    /// A whole number that shifts treat as one of 64 bits.
    case long(Int64)
    /// A number.
    case float(Double)
    /// A number.
    case double(Double)
    /// Text.
    case string(String)
    /// True or false.
    case boolean(Bool)
    /// A point in time.
    case dateTime(Date)
    /// A span of time in milliseconds.
    case timeSpan(Int64)
    /// Anything else, such as a map.
    case object(AnyValue)
    /// A list.
    case array([Variant])
    /// A type without a value: what becomes of a text that is no date and is converted to one.
    case empty(VariantType)

    /// Takes a dynamic value over: numbers with a fraction become `double`, lists `array`, maps `object`.
    public init(_ value: AnyValue) {
        switch value {
        case .null: self = .null
        case .bool(let value): self = .boolean(value)
        case .integer(let value): self = .integer(value)
        case .double(let value): self = .double(value)
        case .decimal(let value): self = .double(value.nearestDouble)
        case .string(let value): self = .string(value)
        case .date(let value): self = .dateTime(value)
        case .array(let values): self = .array(values.map { Variant($0) })
        case .map: self = .object(value)
        }
    }

    /// The kind of value.
    public var type: VariantType {
        switch self {
        case .null: .null
        case .integer: .integer
        case .long: .long
        case .float: .float
        case .double: .double
        case .string: .string
        case .boolean: .boolean
        case .dateTime: .dateTime
        case .timeSpan: .timeSpan
        case .object: .object
        case .array: .array
        case .empty(let type): type
        }
    }

    /// True for `null`.
    public var isNull: Bool { type == .null }

    /// True when there is no value: `null`, and a type without a value. An empty text is a value.
    public var isEmpty: Bool {
        switch self {
        case .null, .empty: true
        default: false
        }
    }
}

extension Variant {
    /// The number of an `integer` or `long`; nil for any other kind. Nothing is converted here and below.
    public var asInteger: Int64? { asLong }

    /// The number of a `long` or `integer`; nil for any other kind.
    public var asLong: Int64? {
        switch self {
        case .integer(let value), .long(let value): value
        default: nil
        }
    }

    /// The number of a `float` or `double`; nil for any other kind.
    public var asFloat: Double? { asDouble }

    /// The number of a `double` or `float`; nil for any other kind.
    public var asDouble: Double? {
        switch self {
        case .float(let value), .double(let value): value
        default: nil
        }
    }

    /// The text of a `string`; nil for any other kind.
    public var asString: String? { if case .string(let value) = self { value } else { nil } }

    /// The truth value of a `boolean`; nil for any other kind.
    public var asBoolean: Bool? { if case .boolean(let value) = self { value } else { nil } }

    /// The point in time of a `dateTime`; nil for any other kind.
    public var asDateTime: Date? { if case .dateTime(let value) = self { value } else { nil } }

    /// The milliseconds of a `timeSpan`; nil for any other kind.
    public var asTimeSpan: Int64? { if case .timeSpan(let value) = self { value } else { nil } }

    /// The elements of an `array`; nil for any other kind.
    public var asArray: [Variant]? { if case .array(let value) = self { value } else { nil } }

    /// The value as a dynamic value. A span of time becomes its milliseconds.
    public var asObject: AnyValue {
        switch self {
        case .null, .empty: .null
        case .integer(let value), .long(let value), .timeSpan(let value): .integer(value)
        case .float(let value), .double(let value): .double(value)
        case .string(let value): .string(value)
        case .boolean(let value): .bool(value)
        case .dateTime(let value): .date(value)
        case .object(let value): value
        case .array(let values): .array(values.map(\.asObject))
        }
    }

    /// The number of elements of an `array`; 0 for any other kind.
    public var count: Int { asArray?.count ?? 0 }

    /// The element at `index` of an `array`; nil when there is none or this is no array.
    public subscript(index: Int) -> Variant? {
        guard case .array(let values) = self, values.indices.contains(index) else { return nil }
        return values[index]
    }
}

extension Variant: Hashable {
    /// True for the same type and value, of strings the same code points. Values that are missing are equal whatever
    /// their type.
    public static func == (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.integer(let left), .integer(let right)), (.long(let left), .long(let right)),
            (.timeSpan(let left), .timeSpan(let right)):
            left == right
        case (.float(let left), .float(let right)), (.double(let left), .double(let right)): left == right
        case (.string(let left), .string(let right)): left.isSame(as: right)
        case (.boolean(let left), .boolean(let right)): left == right
        case (.dateTime(let left), .dateTime(let right)): left == right
        case (.object(let left), .object(let right)): left == right
        case (.array(let left), .array(let right)): left == right
        default: left.isEmpty && right.isEmpty
        }
    }

    /// Hashes type and value.
    public func hash(into hasher: inout Hasher) {
        if isEmpty { return hasher.combine(VariantType.null) }
        hasher.combine(type)
        hasher.combine(asObject)
    }
}

extension Variant: CustomStringConvertible {
    /// The value as text, as ``StringConverter`` writes it; `null` when there is none.
    public var description: String { isEmpty ? "null" : StringConverter.toString(asObject) }
}

extension Variant: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral
{
    /// Writes `null` as `nil`.
    public init(nilLiteral: ()) { self = .null }
    /// Writes a truth value as a literal.
    public init(booleanLiteral value: Bool) { self = .boolean(value) }
    /// Writes an `integer` as a literal.
    public init(integerLiteral value: Int64) { self = .integer(value) }
    /// Writes a `double` as a literal.
    public init(floatLiteral value: Double) { self = .double(value) }
    /// Writes text as a literal.
    public init(stringLiteral value: String) { self = .string(value) }
    /// Writes a list as a literal.
    public init(arrayLiteral elements: Variant...) { self = .array(elements) }
}
