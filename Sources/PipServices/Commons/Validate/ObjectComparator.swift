import FoundationEssentials

/// Compares dynamic values for rules and filters (the toolkit's `ObjectComparator`).
///
/// Two values that are numbers, or strings that are entirely a number, are compared as numbers. Dates count as
/// milliseconds, Booleans as 1 and 0. Other values are compared by the code points of their string form.
public enum ObjectComparator {
    /// Compares two values with an operation.
    ///
    /// - Parameter operation: `=`, `==` or `EQ`; `!=`, `<>` or `NE`; `<` or `LT`; `<=`, `LE` or `LTE`; `>` or `GT`;
    ///   `>=`, `GE` or `GTE`; `LIKE`, whose second value is a pattern, see ``match(_:_:)``. Case-insensitive.
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

    /// Returns true if two values are equal: `"1.0"` and 1 are, and so are null and null.
    public static func areEqual(_ value1: AnyValue, _ value2: AnyValue) -> Bool {
        switch (value1, value2) {
        case (.null, .null): return true
        case (.null, _), (_, .null): return false
        case (.integer(let left), .integer(let right)): return left == right
        case (.array(let left), .array(let right)):
            return left.count == right.count && zip(left, right).allSatisfy(areEqual)
        case (.map(let left), .map(let right)):
            return left.count == right.count && left.allSatisfy { areEqual($0.value, right[$0.key] ?? .null) }
        // Maps have no meaningful string form.
        case (.map, _), (_, .map): return false
        case (.decimal, _), (_, .decimal):
            if let order = exactOrder(value1, value2) { return order == 0 }
        default: break
        }
        if let left = number(value1), let right = number(value2) { return left == right }
        return StringConverter.toString(value1).isSame(as: StringConverter.toString(value2))
    }

    /// Returns true if two values are not equal.
    public static func areNotEqual(_ value1: AnyValue, _ value2: AnyValue) -> Bool { !areEqual(value1, value2) }

    /// Returns true if both values are numbers and the first is smaller.
    public static func isLess(_ value1: AnyValue, _ value2: AnyValue) -> Bool {
        if case .integer(let left) = value1, case .integer(let right) = value2 { return left < right }
        if let order = exactOrder(value1, value2) { return order < 0 }
        guard let left = number(value1), let right = number(value2) else { return false }
        return left < right
    }

    /// Returns true if both values are numbers and the first is greater.
    public static func isGreater(_ value1: AnyValue, _ value2: AnyValue) -> Bool { isLess(value2, value1) }

    /// Returns true if the string form of a value contains a match of a pattern.
    ///
    /// Patterns are regular expressions with `.`, classes such as `[a-z]`, `\d`, `\w`, `\s`, `\b`, groups, `|`, `*`,
    /// `+`, `?`, `{2,5}`, `^` and `$`. Back-references and look-around are not supported. An invalid pattern matches
    /// nothing. Matching takes linear time for any pattern.
    public static func match(_ value1: AnyValue, _ value2: AnyValue) -> Bool {
        if value1.isNull, value2.isNull { return true }
        guard let text = StringConverter.toNullableString(value1),
            let pattern = StringConverter.toNullableString(value2)
        else { return false }
        return TextPattern(pattern)?.isFound(in: text) ?? false
    }

    // MARK: - Internal

    /// Returns equality for lists of allowed values: numbers by value, everything else by type and value.
    static func isSame(_ value1: AnyValue, _ value2: AnyValue) -> Bool {
        switch (value1, value2) {
        case (.integer(let whole), .double(let number)), (.double(let number), .integer(let whole)):
            Int64(exactly: number) == whole
        case (.decimal, _), (_, .decimal): exactOrder(value1, value2) == 0
        default: value1 == value2
        }
    }

    /// Compares two numbers if one has more digits than a double; nil for others.
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

    /// Returns a value as a number. Unlike the converters, it requires the whole string to be a number: otherwise
    /// `2024-01-01` and `2024-12-31` would be equal.
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
