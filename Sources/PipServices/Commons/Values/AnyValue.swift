import FoundationEssentials

/// A dynamic value: what JSON, configuration and untyped commands carry (the toolkit's `AnyValue`).
///
/// A value type that can be written as a literal. Whole numbers are exact up to 64 bits, others up to the 38 digits of
/// `Decimal`. Strings are compared by their code points: a composed and a decomposed `é` are two values.
public enum AnyValue: Sendable, Hashable {
    /// No value.
    case null
    /// True or false.
    case bool(Bool)
    /// A whole number.
    case integer(Int64)
    /// A number with a fraction, or beyond 64 bits. It means the shortest digits that stand for it, as in JSON.
    case double(Double)
    /// A number that neither a whole number nor a `Double` holds with all its digits. Made by `AnyValue(_: Decimal)`,
    /// which prefers the other two.
    case decimal(Decimal)
    /// Text.
    case string(String)
    /// A point in time. JSON writes it as ISO 8601 in UTC with milliseconds.
    case date(Date)
    /// A list of values.
    case array([AnyValue])
    /// Values by name, in insertion order.
    case map(AnyValueMap)
}

extension AnyValue {
    /// True for the same kind and the same value; of strings, for the same code points.
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

    /// The values of a map; nil for any other kind of value.
    public var map: AnyValueMap? {
        if case .map(let map) = self { map } else { nil }
    }

    /// The elements of an array; nil for any other kind of value.
    public var array: [AnyValue]? {
        if case .array(let array) = self { array } else { nil }
    }

    /// The text of a string; nil for any other kind of value. `getAsNullableString` converts.
    public var string: String? {
        if case .string(let string) = self { string } else { nil }
    }

    /// The member `name` of a map; nil when there is none or this is no map.
    public subscript(name: String) -> AnyValue? { map?[name] }

    /// The element at `index` of an array; nil when there is none or this is no array.
    public subscript(index: Int) -> AnyValue? {
        guard let array, array.indices.contains(index) else { return nil }
        return array[index]
    }
}

extension AnyValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    /// Writes `.null` as `nil`.
    public init(nilLiteral: ()) { self = .null }
    /// Writes a truth value as a literal.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// Writes a whole number as a literal.
    public init(integerLiteral value: Int64) { self = .integer(value) }
    /// Writes a fraction as a literal.
    public init(floatLiteral value: Double) { self = .double(value) }
    /// Writes text as a literal.
    public init(stringLiteral value: String) { self = .string(value) }
    /// Writes a list as a literal.
    public init(arrayLiteral elements: AnyValue...) { self = .array(elements) }
    /// Writes a map as a literal; of equal keys the last one wins.
    public init(dictionaryLiteral elements: (String, AnyValue)...) { self = .map(AnyValueMap(elements)) }
}

extension AnyValue: CustomStringConvertible {
    /// The text form: what `StringConverter` gives; empty for `.null`.
    public var description: String { StringConverter.toString(self) }
}

extension AnyValue: CustomDebugStringConvertible {
    /// JSON, which also shows what is in a list or map: `String(reflecting: value)`. The text of an optional contains it
    /// too: `"\(context.user)"`.
    public var debugDescription: String { JSONConverter.toJSON(self) }
}
