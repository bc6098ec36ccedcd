import FoundationEssentials

/// A dynamic value, as JSON, configuration and untyped commands carry it (the toolkit's `AnyValue`).
///
/// It can be written as a literal. Integers are exact up to 64 bits, other numbers up to the 38 digits of `Decimal`.
/// Strings are compared by their code points: a composed and a decomposed `é` are different.
public enum AnyValue: Sendable, Hashable {
    /// No value.
    case null
    /// True or false.
    case bool(Bool)
    /// A 64-bit integer.
    case integer(Int64)
    /// A number with a fraction or beyond 64 bits. It represents its shortest decimal digits, as in JSON.
    case double(Double)
    /// A number that neither `.integer` nor `.double` represents exactly. Created by `AnyValue(_: Decimal)`, which
    /// prefers the other two.
    case decimal(Decimal)
    /// A string.
    case string(String)
    /// A date. JSON writes it as ISO 8601 in UTC with milliseconds.
    case date(Date)
    /// A list of values.
    case array([AnyValue])
    /// A map from names to values, in insertion order.
    case map(AnyValueMap)
}

extension AnyValue {
    /// Returns true if type and value are equal. Strings must have the same code points.
    public static func == (left: AnyValue, right: AnyValue) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.integer(let left), .integer(let right)): left == right
        case (.double(let left), .double(let right)): left == right
        case (.decimal(let left), .decimal(let right)): left == right
        case (.string(let left), .string(let right)): left.isSame(as: right)
        case (.date(let left), .date(let right)): left == right
        case (.array(let left), .array(let right)): left == right
        case (.map(let left), .map(let right)): left == right
        default: false
        }
    }

    /// True for `.null`.
    public var isNull: Bool {
        if case .null = self { true } else { false }
    }

    /// The content of a map; nil for other values.
    public var map: AnyValueMap? {
        if case .map(let map) = self { map } else { nil }
    }

    /// The elements of an array; nil for other values.
    public var array: [AnyValue]? {
        if case .array(let array) = self { array } else { nil }
    }

    /// The string; nil for other values. `getAsNullableString` converts.
    public var string: String? {
        if case .string(let string) = self { string } else { nil }
    }

    /// The member `name` of a map; nil if it is missing or this is not a map.
    public subscript(name: String) -> AnyValue? { map?[name] }

    /// The element at `index` of an array; nil if it is missing or this is not an array.
    public subscript(index: Int) -> AnyValue? {
        guard let array, array.indices.contains(index) else { return nil }
        return array[index]
    }
}

extension AnyValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    /// Creates `.null` from `nil`.
    public init(nilLiteral: ()) { self = .null }
    /// Creates a Boolean from a literal.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// Creates an integer from a literal.
    public init(integerLiteral value: Int64) { self = .integer(value) }
    /// Creates a floating-point number from a literal.
    public init(floatLiteral value: Double) { self = .double(value) }
    /// Creates a string from a literal.
    public init(stringLiteral value: String) { self = .string(value) }
    /// Creates an array from a literal.
    public init(arrayLiteral elements: AnyValue...) { self = .array(elements) }
    /// Creates a map from a literal. If a key repeats, the last value wins.
    public init(dictionaryLiteral elements: (String, AnyValue)...) { self = .map(AnyValueMap(elements)) }
}

extension AnyValue: CustomStringConvertible {
    /// The string form, as returned by `StringConverter`; empty for `.null`.
    public var description: String { StringConverter.toString(self) }
}

extension AnyValue: CustomDebugStringConvertible {
    /// JSON, including the contents of lists and maps: `String(reflecting: value)`. It also appears in the description
    /// of an optional: `"\(context.user)"`.
    public var debugDescription: String { JSONConverter.toJSON(self) }
}
