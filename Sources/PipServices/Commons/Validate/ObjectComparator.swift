import FoundationEssentials

/// Compares dynamic values the way rules and filters ask for it (the toolkit's `ObjectComparator`).
///
/// Values that both are numbers, or text that is a number as a whole, are compared as numbers; dates count as
/// milliseconds and truth values as 1 and 0. Other values are compared by the code points of their text.
public enum ObjectComparator {
    /// Compares two values by an operation, whose capitals do not count.
    ///
    /// - Parameter operation: `=`, `==` or `EQ`; `!=`, `<>` or `NE`; `<` or `LT`; `<=`, `LE` or `LTE`; `>` or `GT`;
    ///   `>=`, `GE` or `GTE`; `LIKE`, for which the second value is a pattern, see ``match(_:_:)``.
    /// - Returns: false for an unknown operation.
    public static func compare(_ value1: AnyValue, _ operation: String, _ value2: AnyValue) -> Bool {
        switch ScalarText(operation.asciiUppercased) {
        case "=", "==", "EQ": areEqual(value1, value2)
        case "!=", "<>", "NE": areNotEqual(value1, value2)
        case "<", "LT": isLess(value1, value2)
        case "<=", "LE", "LTE": areEqual(value1, value2) || isLess(value1, value2)
        case ">", "GT": isGreater(value1, value2)
        case ">=", "GE", "GTE": areEqual(value1, value2) || isGreater(value1, value2)
        case "LIKE": match(value1, value2)
        default: false
        }
    }

    /// True when two values are equal: `"1.0"` and 1 are, and so are null and null.
    public static func areEqual(_ value1: AnyValue, _ value2: AnyValue) -> Bool {
        switch (value1, value2) {
        case (.null, .null): return true
        case (.null, _), (_, .null): return false
        case (.integer(let left), .integer(let right)): return left == right
        case (.array(let left), .array(let right)):
            return left.count == right.count && zip(left, right).allSatisfy(areEqual)
        case (.map(let left), .map(let right)):
            return left.count == right.count && left.allSatisfy { areEqual($0.value, right[$0.key] ?? .null) }
        // Their text says nothing about maps.
        case (.map, _), (_, .map): return false
        case (.decimal, _), (_, .decimal):
            if let order = exactOrder(value1, value2) { return order == 0 }
        default: break
        }
        if let left = number(value1), let right = number(value2) { return left == right }
        return StringConverter.toString(value1).isSame(as: StringConverter.toString(value2))
    }

    /// True when two values are not equal.
    public static func areNotEqual(_ value1: AnyValue, _ value2: AnyValue) -> Bool { !areEqual(value1, value2) }

    /// True when both values are numbers and the first is the smaller one.
    public static func isLess(_ value1: AnyValue, _ value2: AnyValue) -> Bool {
        if case .integer(let left) = value1, case .integer(let right) = value2 { return left < right }
        if let order = exactOrder(value1, value2) { return order < 0 }
        guard let left = number(value1), let right = number(value2) else { return false }
        return left < right
    }

    /// True when both values are numbers and the first is the greater one.
    public static func isGreater(_ value1: AnyValue, _ value2: AnyValue) -> Bool { isLess(value2, value1) }

    /// True when the text of a value has a part that fits a pattern.
    ///
    /// Patterns are regular expressions of the common kind: `.`, classes such as `[a-z]`, `\d`, `\w`, `\s`, `\b`,
    /// groups, `|`, `*`, `+`, `?`, `{2,5}`, `^` and `$`. References back and looking around are not known, and a
    /// pattern that can't be read fits nothing. Matching takes time in proportion to the text, whatever the pattern.
    public static func match(_ value1: AnyValue, _ value2: AnyValue) -> Bool {
        if value1.isNull, value2.isNull { return true }
        guard let text = StringConverter.toNullableString(value1),
            let pattern = StringConverter.toNullableString(value2)
        else { return false }
        return TextPattern(pattern)?.isFound(in: text) ?? false
    }

    // MARK: - Internal

    /// Equality for lists of allowed values: numbers by value, everything else by kind and value.
    static func isSame(_ value1: AnyValue, _ value2: AnyValue) -> Bool {
        switch (value1, value2) {
        case (.integer(let whole), .double(let number)), (.double(let number), .integer(let whole)):
            Int64(exactly: number) == whole
        case (.decimal, _), (_, .decimal): exactOrder(value1, value2) == 0
        default: value1 == value2
        }
    }

    /// Compares two numbers of which one has more digits than doubles have; nil for others.
    private static func exactOrder(_ value1: AnyValue, _ value2: AnyValue) -> Int? {
        switch (value1, value2) {
        case (.decimal, .decimal), (.decimal, .integer), (.decimal, .double), (.integer, .decimal), (.double, .decimal):
            guard let left = value1.getAsNullableDecimal(), let right = value2.getAsNullableDecimal() else {
                return nil
            }
            return Decimal.compare(left, right)
        default: return nil
        }
    }

    /// A value as a number. Unlike the converters, which let the leading number count, text must be a number as a
    /// whole: else `2024-01-01` and `2024-12-31` were equal.
    private static func number(_ value: AnyValue) -> Double? {
        switch value {
        case .string(let text):
            let text = text.trimmed
            guard let number = DoubleConverter.leadingNumber(of: text), number.endIndex == text.endIndex else {
                return nil
            }
            return Double(number)
        case .array(let values): return values.isEmpty ? nil : number(.string(StringConverter.toString(value)))
        default: return DoubleConverter.toNullableDouble(value)
        }
    }
}
