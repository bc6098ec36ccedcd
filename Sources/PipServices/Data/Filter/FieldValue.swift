public import FoundationEssentials

/// The type of a field that filters and sorts support.
///
/// Strings, Booleans, numbers (also `Decimal`), dates, durations, `URL`, `UUID`, `Data`, and optionals, lists and sets
/// of them conform. Enumerations and other types with a raw value need no conformance. A custom type defines the value
/// by which it is compared:
/// ```swift
/// extension Money: FieldValue { var fieldValue: AnyValue { AnyValue(amount) } }
/// ```
public protocol FieldValue: Sendable {
    /// The value for comparisons: the same as the JSON form, except that dates stay dates.
    var fieldValue: AnyValue { get }
}

extension AnyValue: FieldValue {
    /// The value itself.
    public var fieldValue: AnyValue { self }
}

extension String: FieldValue {
    /// The string.
    public var fieldValue: AnyValue { .string(self) }
}

extension Bool: FieldValue {
    /// The Boolean.
    public var fieldValue: AnyValue { .bool(self) }
}

extension FieldValue where Self: BinaryInteger {
    /// The number.
    public var fieldValue: AnyValue {
        if let whole = Int64(exactly: self) { return .integer(whole) }
        return Decimal(exactText: "\(self)").map { AnyValue($0) } ?? .double(Double(self))
    }
}

extension Int: FieldValue {}
extension Int8: FieldValue {}
extension Int16: FieldValue {}
extension Int32: FieldValue {}
extension Int64: FieldValue {}
extension UInt: FieldValue {}
extension UInt8: FieldValue {}
extension UInt16: FieldValue {}
extension UInt32: FieldValue {}
extension UInt64: FieldValue {}

extension Double: FieldValue {
    /// The number.
    public var fieldValue: AnyValue { .double(self) }
}

extension Float: FieldValue {
    /// The number, as in JSON.
    public var fieldValue: AnyValue { .double(shortestDouble) }
}

extension Date: FieldValue {
    /// The date, truncated to milliseconds.
    public var fieldValue: AnyValue { ValueForm.of(self) }
}

extension Decimal: FieldValue {
    /// The number with all its digits.
    public var fieldValue: AnyValue { AnyValue(self) }
}

extension Duration: FieldValue {
    /// The milliseconds.
    public var fieldValue: AnyValue { ValueForm.of(self) }
}

extension URL: FieldValue {
    /// The string.
    public var fieldValue: AnyValue { ValueForm.of(self) }
}

extension UUID: FieldValue {
    /// The string, in lower case.
    public var fieldValue: AnyValue { ValueForm.of(self) }
}

extension Data: FieldValue {
    /// The bytes in Base64.
    public var fieldValue: AnyValue { ValueForm.of(self) }
}

extension Optional: FieldValue where Wrapped: FieldValue {
    /// The value, or null.
    public var fieldValue: AnyValue { map(\.fieldValue) ?? .null }
}

extension Array: FieldValue where Element: FieldValue {
    /// The list of the elements' values.
    public var fieldValue: AnyValue { .array(map(\.fieldValue)) }
}

extension Set: FieldValue where Element: FieldValue {
    /// The list of the elements' values, in no particular order.
    public var fieldValue: AnyValue { .array(map(\.fieldValue)) }
}

extension FieldValue where Self: RawRepresentable, RawValue: FieldValue {
    /// The value of the raw value.
    public var fieldValue: AnyValue { rawValue.fieldValue }
}
