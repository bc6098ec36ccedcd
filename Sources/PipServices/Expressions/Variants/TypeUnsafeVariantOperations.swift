import FoundationEssentials

/// Operations with all possible conversions (the toolkit's `TypeUnsafeVariantOperations`): fractions are truncated,
/// strings are parsed, null becomes 0, false or an empty string.
///
/// Any value can be converted to a string. A string that is not a number becomes 0; one that is not a date becomes a
/// `dateTime` without a value. Integers are clamped to 64 bits, NaN becomes 0.
public struct TypeUnsafeVariantOperations: VariantOperations {
    /// Creates the operations.
    public init() {}

    /// Converts a variant. Throws `BadRequest` with `CONV_NOT_SUPPORTED`.
    public func convert(_ value: Variant, to type: VariantType) throws(ApplicationError) -> Variant {
        if type == value.type || type == .object { return value }
        let result: Variant? =
            switch type {
            case .null: .null
            case .string: .string(StringConverter.toString(value.asObject))
            case .integer: whole(value).map { .integer($0) }
            case .long: whole(value).map { .long($0) }
            case .float: number(value).map { .float($0) }
            case .double: number(value).map { .double($0) }
            case .boolean: boolean(value).map { .boolean($0) }
            case .dateTime: dateTime(value)
            case .timeSpan: timeSpan(value).map { .timeSpan($0) }
            case .array: value.isNull ? .empty(.array) : nil
            case .object: value
            }
        guard let result else { throw VariantError.conversion(value.type, type) }
        return result
    }

    // MARK: - Internal

    private func whole(_ value: Variant) -> Int64? {
        switch value {
        case .null: 0
        case .integer(let value), .long(let value), .timeSpan(let value): value
        case .float(let value), .double(let value): Int64(cutting: value)
        case .string(let text): LongConverter.toLong(.string(text))
        case .boolean(let value): value ? 1 : 0
        case .dateTime(let date): ISODate.milliseconds(date)
        case .object, .array, .empty: nil
        }
    }

    private func number(_ value: Variant) -> Double? {
        switch value {
        case .null: 0
        case .integer(let value), .long(let value): Double(value)
        case .float(let value), .double(let value): value
        case .string(let text): DoubleConverter.toDouble(.string(text))
        case .boolean(let value): value ? 1 : 0
        case .dateTime, .timeSpan, .object, .array, .empty: nil
        }
    }

    private func boolean(_ value: Variant) -> Bool? {
        switch value {
        case .null: false
        case .integer(let value), .long(let value): value != 0
        case .float(let value), .double(let value): value != 0
        case .string(let text): BooleanConverter.toBoolean(.string(text))
        case .boolean, .dateTime, .timeSpan, .object, .array, .empty: nil
        }
    }

    private func dateTime(_ value: Variant) -> Variant? {
        switch value {
        case .null: .dateTime(Date(timeIntervalSince1970: 0))
        case .integer, .long, .string:
            DateTimeConverter.toNullableDateTime(value.asObject).map { .dateTime($0) } ?? .empty(.dateTime)
        default: nil
        }
    }

    private func timeSpan(_ value: Variant) -> Int64? {
        switch value {
        case .null, .integer, .long, .string: whole(value)
        default: nil
        }
    }
}

extension Int64 {
    /// Truncates a number; clamps it to 64 bits; 0 for NaN.
    init(cutting value: Double) {
        if value.isNaN {
            self = 0
        } else if value >= 0x1p63 {
            self = .max
        } else if value <= -0x1p63 {
            self = .min
        } else {
            self = Int64(value)
        }
    }
}
