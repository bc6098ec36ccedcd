public import FoundationEssentials

/// A type of field that filters and sorts understand: it has a dynamic value.
///
/// Texts, truth values, numbers (`Decimal` too), dates, time spans, `URL`, `UUID`, `Data`, and optionals, lists and sets of
/// them are. Enumerations and other types with a raw value need no conformance. A type of your own says what it is
/// compared by:
/// ```swift
/// extension Money: FieldValue { var fieldValue: AnyValue { AnyValue(amount) } }
/// ```
public protocol FieldValue: Sendable {
    /// What the value is compared by: the same as its form in JSON, but dates as dates.
    var fieldValue: AnyValue { get }
}

extension AnyValue: FieldValue {
    /// The value itself.
    public var fieldValue: AnyValue { self }
}

extension String: FieldValue {
    /// The text.
    public var fieldValue: AnyValue { .string(self) }
}

extension Bool: FieldValue {
    /// The truth value.
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
    /// The number, as it is in JSON.
    public var fieldValue: AnyValue { .double(shortestDouble) }
}

extension Date: FieldValue {
    /// The point in time, in whole milliseconds.
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
    /// The text.
    public var fieldValue: AnyValue { ValueForm.of(self) }
}

extension UUID: FieldValue {
    /// The text, in lower case.
    public var fieldValue: AnyValue { ValueForm.of(self) }
}

extension Data: FieldValue {
    /// The bytes as base64.
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
    /// The list of the elements' values, in no order.
    public var fieldValue: AnyValue { .array(map(\.fieldValue)) }
}

extension FieldValue where Self: RawRepresentable, RawValue: FieldValue {
    /// The raw value's.
    public var fieldValue: AnyValue { rawValue.fieldValue }
}
