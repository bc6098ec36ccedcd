import FoundationEssentials

/// A value in expressions (the toolkit's `Variant`).
///
/// It can be written as a literal. ``VariantOperations`` defines the operations.
public enum Variant: Sendable {
    /// No value.
    case null
    /// An integer.
    case integer(Int64)
    /// An integer. Shift operators use all 64 bits.
    case long(Int64)
    /// A floating-point number.
    case float(Double)
    /// A floating-point number.
    case double(Double)
    /// A string.
    case string(String)
    /// True or false.
    case boolean(Bool)
    /// A date.
    case dateTime(Date)
    /// A duration in milliseconds.
    case timeSpan(Int64)
    /// Any other value, such as a map.
    case object(AnyValue)
    /// A list.
    case array([Variant])
    /// A type without a value, such as the result of converting an invalid string to a date.
    case empty(VariantType)

    /// Creates a variant from a dynamic value: numbers with a fraction become `double`, lists `array`, maps `object`.
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

    /// The type of the value.
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

    /// True if there is no value: for `null` and for a type without a value. An empty string is a value.
    public var isEmpty: Bool {
        switch self {
        case .null, .empty: true
        default: false
        }
    }
}

extension Variant {
    /// The number of an `integer` or `long`; nil for other types. This and the following properties do not convert.
    public var asInteger: Int64? { asLong }

    /// The number of a `long` or `integer`; nil for other types.
    public var asLong: Int64? {
        switch self {
        case .integer(let value), .long(let value): value
        default: nil
        }
    }

    /// The number of a `float` or `double`; nil for other types.
    public var asFloat: Double? { asDouble }

    /// The number of a `double` or `float`; nil for other types.
    public var asDouble: Double? {
        switch self {
        case .float(let value), .double(let value): value
        default: nil
        }
    }

    /// The string of a `string`; nil for other types.
    public var asString: String? { if case .string(let value) = self { value } else { nil } }

    /// The Boolean of a `boolean`; nil for other types.
    public var asBoolean: Bool? { if case .boolean(let value) = self { value } else { nil } }

    /// The date of a `dateTime`; nil for other types.
    public var asDateTime: Date? { if case .dateTime(let value) = self { value } else { nil } }

    /// The milliseconds of a `timeSpan`; nil for other types.
    public var asTimeSpan: Int64? { if case .timeSpan(let value) = self { value } else { nil } }

    /// The elements of an `array`; nil for other types.
    public var asArray: [Variant]? { if case .array(let value) = self { value } else { nil } }

    /// The value as a dynamic value. A duration becomes its milliseconds.
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

    /// The number of elements of an `array`; 0 for other types.
    public var count: Int { asArray?.count ?? 0 }

    /// The element at `index` of an `array`; nil if it is missing or this is not an array.
    public subscript(index: Int) -> Variant? {
        guard case .array(let values) = self, values.indices.contains(index) else { return nil }
        return values[index]
    }
}

extension Variant: Hashable {
    /// Returns true if type and value are equal. Strings must have the same code points. Missing values are equal
    /// whatever their type.
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
    /// The value as a string, as ``StringConverter`` writes it; `null` if there is no value.
    public var description: String { isEmpty ? "null" : StringConverter.toString(asObject) }
}

extension Variant: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral
{
    /// Creates `null` from `nil`.
    public init(nilLiteral: ()) { self = .null }
    /// Creates a Boolean from a literal.
    public init(booleanLiteral value: Bool) { self = .boolean(value) }
    /// Creates an `integer` from a literal.
    public init(integerLiteral value: Int64) { self = .integer(value) }
    /// Creates a `double` from a literal.
    public init(floatLiteral value: Double) { self = .double(value) }
    /// Creates a string from a literal.
    public init(stringLiteral value: String) { self = .string(value) }
    /// Creates an array from a literal.
    public init(arrayLiteral elements: Variant...) { self = .array(elements) }
}
