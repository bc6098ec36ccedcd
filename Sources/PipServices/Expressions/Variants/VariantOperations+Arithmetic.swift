import FoundationEssentials
import Glibc

extension VariantOperations {
    /// Adds numbers or durations; concatenates strings.
    public func add(_ left: Variant, _ right: Variant) throws(ApplicationError) -> Variant {
        switch try operands(left, right) {
        case .null: .null
        case .integers(let left, let right, let isLong):
            whole(left.addingReportingOverflow(right), isLong) ?? .double(Double(left) + Double(right))
        case .floats(let left, let right): .float(left + right)
        case .doubles(let left, let right): .double(left + right)
        case .timeSpans(let left, let right): try timeSpan(left.addingReportingOverflow(right))
        case .strings(let left, let right): .string(left + right)
        default: throw VariantError.operation("'+'", left.type)
        }
    }

    /// Subtracts numbers or durations. The difference of dates is a duration.
    public func sub(_ left: Variant, _ right: Variant) throws(ApplicationError) -> Variant {
        switch try operands(left, right) {
        case .null: .null
        case .integers(let left, let right, let isLong):
            whole(left.subtractingReportingOverflow(right), isLong) ?? .double(Double(left) - Double(right))
        case .floats(let left, let right): .float(left - right)
        case .doubles(let left, let right): .double(left - right)
        case .timeSpans(let left, let right): try timeSpan(left.subtractingReportingOverflow(right))
        case .dateTimes(let left, let right):
            try timeSpan(ISODate.milliseconds(left).subtractingReportingOverflow(ISODate.milliseconds(right)))
        default: throw VariantError.operation("'-'", left.type)
        }
    }

    /// Multiplies numbers.
    public func mul(_ left: Variant, _ right: Variant) throws(ApplicationError) -> Variant {
        switch try operands(left, right) {
        case .null: .null
        case .integers(let left, let right, let isLong):
            whole(left.multipliedReportingOverflow(by: right), isLong) ?? .double(Double(left) * Double(right))
        case .floats(let left, let right): .float(left * right)
        case .doubles(let left, let right): .double(left * right)
        default: throw VariantError.operation("'*'", left.type)
        }
    }

    /// Divides numbers. Integers result in an integer if there is no remainder, otherwise in a double. Division by 0
    /// results in infinity or NaN.
    public func div(_ left: Variant, _ right: Variant) throws(ApplicationError) -> Variant {
        switch try operands(left, right) {
        case .null: return .null
        case .integers(let left, let right, let isLong):
            if right != 0, left.remainderReportingOverflow(dividingBy: right).partialValue == 0,
                let quotient = whole(left.dividedReportingOverflow(by: right), isLong)
            {
                return quotient
            }
            return .double(Double(left) / Double(right))
        case .floats(let left, let right): return .float(left / right)
        case .doubles(let left, let right): return .double(left / right)
        default: throw VariantError.operation("'/'", left.type)
        }
    }

    /// Returns the remainder of integers, with the sign of the first; NaN for division by 0.
    public func mod(_ left: Variant, _ right: Variant) throws(ApplicationError) -> Variant {
        switch try operands(left, right) {
        case .null: .null
        case .integers(let left, let right, let isLong):
            right == 0 ? .double(.nan) : whole(left.remainderReportingOverflow(dividingBy: right).partialValue, isLong)
        default: throw VariantError.operation("'%'", left.type)
        }
    }

    /// Raises the first number to the power of the second, as a double.
    public func pow(_ left: Variant, _ right: Variant) throws(ApplicationError) -> Variant {
        if left.isNull || right.isNull { return .null }
        switch left.type {
        case .integer, .long, .float, .double:
            return .double(Glibc.pow(try double(left), try double(right)))
        default: throw VariantError.operation("'^'", left.type)
        }
    }

    /// Returns the logical AND of Booleans, or the bitwise AND of integers.
    public func and(_ left: Variant, _ right: Variant) throws(ApplicationError) -> Variant {
        switch try operands(left, right) {
        case .null: .null
        case .integers(let left, let right, let isLong): whole(left & right, isLong)
        case .booleans(let left, let right): .boolean(left && right)
        default: throw VariantError.operation("AND", left.type)
        }
    }

    /// Returns the logical OR of Booleans, or the bitwise OR of integers.
    public func or(_ left: Variant, _ right: Variant) throws(ApplicationError) -> Variant {
        switch try operands(left, right) {
        case .null: .null
        case .integers(let left, let right, let isLong): whole(left | right, isLong)
        case .booleans(let left, let right): .boolean(left || right)
        default: throw VariantError.operation("OR", left.type)
        }
    }

    /// Returns the exclusive OR of Booleans, or the bitwise exclusive OR of integers.
    public func xor(_ left: Variant, _ right: Variant) throws(ApplicationError) -> Variant {
        switch try operands(left, right) {
        case .null: .null
        case .integers(let left, let right, let isLong): whole(left ^ right, isLong)
        case .booleans(let left, let right): .boolean(left != right)
        default: throw VariantError.operation("XOR", left.type)
        }
    }

    /// Shifts an integer to the left: within 32 bits for an `integer` that fits into 32 bits, otherwise within 64.
    public func lsh(_ left: Variant, _ right: Variant) throws(ApplicationError) -> Variant {
        try shift("'<<'", left, right, { $0 &<< $1 }, { $0 &<< $1 })
    }

    /// Shifts an integer to the right. The sign is kept.
    public func rsh(_ left: Variant, _ right: Variant) throws(ApplicationError) -> Variant {
        try shift("'>>'", left, right, { $0 &>> $1 }, { $0 &>> $1 })
    }

    /// Negates a Boolean, or inverts all bits of an integer.
    public func not(_ value: Variant) throws(ApplicationError) -> Variant {
        switch value {
        case .null: .null
        case .integer(let value): .integer(~value)
        case .long(let value): .long(~value)
        case .boolean(let value): .boolean(!value)
        default: throw VariantError.operation("NOT", value.type)
        }
    }

    /// Negates a number.
    public func negative(_ value: Variant) throws(ApplicationError) -> Variant {
        switch value {
        case .null: .null
        case .integer(let value): value == .min ? .double(-Double(value)) : .integer(-value)
        case .long(let value): value == .min ? .double(-Double(value)) : .long(-value)
        case .float(let value): .float(-value)
        case .double(let value): .double(-value)
        default: throw VariantError.operation("unary '-'", value.type)
        }
    }

    // MARK: - Internal

    /// Adds in place, so that a string of many parts is not copied for each of them.
    func add(to left: inout Variant, _ right: Variant) throws(ApplicationError) {
        guard case .string(var text) = left, !right.isNull,
            case .string(let part) = try convert(right, to: .string)
        else {
            left = try add(left, right)
            return
        }
        left = .null
        text += part
        left = .string(text)
    }

    /// Converts the second operand to the type of the first.
    func operands(_ left: Variant, _ right: Variant) throws(ApplicationError) -> VariantOperands {
        if let same = VariantOperands(left, right) { return same }
        if left.isNull || right.isNull { return .null }
        return VariantOperands(left, try convert(right, to: left.type)) ?? .other
    }

    func double(_ value: Variant) throws(ApplicationError) -> Double {
        if case .double(let number) = value { return number }
        guard case .double(let number) = try convert(value, to: .double) else {
            throw VariantError.conversion(value.type, .double)
        }
        return number
    }

    func integer(_ value: Variant) throws(ApplicationError) -> Int64 {
        if case .integer(let number) = value { return number }
        guard case .integer(let number) = try convert(value, to: .integer) else {
            throw VariantError.conversion(value.type, .integer)
        }
        return number
    }

    private func whole(_ value: Int64, _ isLong: Bool) -> Variant { isLong ? .long(value) : .integer(value) }

    private func whole(_ result: (partialValue: Int64, overflow: Bool), _ isLong: Bool) -> Variant? {
        // Not `? nil :`, which would be a null variant.
        if result.overflow { return Variant?.none }
        return whole(result.partialValue, isLong)
    }

    private func timeSpan(_ result: (partialValue: Int64, overflow: Bool)) throws(ApplicationError) -> Variant {
        guard !result.overflow else { throw VariantError.outOfRange("The time span") }
        return .timeSpan(result.partialValue)
    }

    private func shift(
        _ name: String, _ left: Variant, _ right: Variant, _ narrow: (Int32, Int32) -> Int32,
        _ wide: (Int64, Int64) -> Int64
    ) throws(ApplicationError) -> Variant {
        if left.isNull || right.isNull { return .null }
        let count = try integer(right)
        switch left {
        case .integer(let value):
            guard let value = Int32(exactly: value) else { return .integer(wide(value, count)) }
            return .integer(Int64(narrow(value, Int32(truncatingIfNeeded: count))))
        case .long(let value): return .long(wide(value, count))
        default: throw VariantError.operation(name, left.type)
        }
    }
}

/// Two operands of one type.
enum VariantOperands {
    case null
    case integers(Int64, Int64, isLong: Bool)
    case floats(Double, Double)
    case doubles(Double, Double)
    case strings(String, String)
    case booleans(Bool, Bool)
    case dateTimes(Date, Date)
    case timeSpans(Int64, Int64)
    case objects(AnyValue, AnyValue)
    /// Operands without a value, or of a type without operations.
    case other

    /// Nil if the operands have different types or no values.
    init?(_ left: Variant, _ right: Variant) {
        switch (left, right) {
        case (.integer(let left), .integer(let right)): self = .integers(left, right, isLong: false)
        case (.long(let left), .long(let right)): self = .integers(left, right, isLong: true)
        case (.float(let left), .float(let right)): self = .floats(left, right)
        case (.double(let left), .double(let right)): self = .doubles(left, right)
        case (.string(let left), .string(let right)): self = .strings(left, right)
        case (.boolean(let left), .boolean(let right)): self = .booleans(left, right)
        case (.dateTime(let left), .dateTime(let right)): self = .dateTimes(left, right)
        case (.timeSpan(let left), .timeSpan(let right)): self = .timeSpans(left, right)
        case (.object(let left), .object(let right)): self = .objects(left, right)
        default: return nil
        }
    }
}
