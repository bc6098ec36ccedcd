public import FoundationEssentials

/// A type of field that filters and sorts understand: it has a dynamic value.
///
/// Texts, truth values, numbers, dates, enums of these, and optionals, lists and sets of them are. A type of your own says
/// what it is compared by:
/// ```swift
/// extension Money: FieldValue { var fieldValue: AnyValue { .double(amount) } }
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
    /// The number; one beyond 64 bits loses digits.
    public var fieldValue: AnyValue { Int64(exactly: self).map(AnyValue.integer) ?? .double(Double(self)) }
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
    /// The point in time.
    public var fieldValue: AnyValue { .date(self) }
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
