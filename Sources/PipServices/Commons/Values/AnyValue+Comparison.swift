import FoundationEssentials

/// The toolkit's lenient comparisons. `==` is strict: 1 does not equal "1".
extension AnyValue {
    /// Returns true if both have the same string form (the toolkit's `AnyValue.equals`): 1.5 and "1.5", true and
    /// "true", a date and its ISO string. `.null` equals only `.null`. Maps are compared by their values, arrays
    /// element by element.
    public func equals(_ other: AnyValue) -> Bool {
        switch (self, other) {
        case (.null, .null): true
        case (.null, _), (_, .null): false
        case (.map, _), (_, .map): self == other
        case (.array(let left), .array(let right)) where left.count == right.count:
            zip(left, right).allSatisfy { $0.equals($1) }
        default: StringConverter.toString(self).isSame(as: StringConverter.toString(other))
        }
    }

    /// Returns true if both are equal after conversion to a type (the toolkit's `AnyValue.equalsAsType`). A value that
    /// can't be converted equals nothing; two `.null` are equal.
    public func equalsAsType(_ type: TypeCode, _ other: AnyValue) -> Bool {
        if isNull || other.isNull { return isNull && other.isNull }
        guard let left = TypeConverter.toNullableType(type, self), let right = TypeConverter.toNullableType(type, other)
        else { return false }
        return switch (left, right) {
        case (.integer, .double), (.double, .integer): left.isAlike(right)
        default: left == right
        }
    }

    // MARK: - Internal

    /// Compares without conversion, as the toolkit does. Numbers are compared by value, also with Booleans and numeric
    /// strings. `.null` matches only `.null`.
    func isAlike(_ other: AnyValue) -> Bool {
        switch (self, other) {
        case (.integer(let left), .integer(let right)): left == right
        case (.integer(let whole), .double(let number)), (.double(let number), .integer(let whole)):
            Int64(exactly: number) == whole
        case (.decimal, .integer), (.decimal, .double), (.decimal, .decimal), (.integer, .decimal), (.double, .decimal):
            AnyValue.areSameNumber(self, other)
        case (.decimal, .bool), (.decimal, .string), (.bool, .decimal), (.string, .decimal):
            if let left = comparableNumber, let right = other.comparableNumber { left == right } else { false }
        case (.bool, .integer), (.bool, .double), (.bool, .string), (.string, .bool), (.integer, .bool),
            (.double, .bool), (.integer, .string), (.double, .string), (.string, .integer), (.string, .double):
            if let left = comparableNumber, let right = other.comparableNumber { left == right } else { false }
        case (.array, .string), (.string, .array), (.date, .string), (.string, .date):
            StringConverter.toString(self).isSame(as: StringConverter.toString(other))
        default: self == other
        }
    }

    /// Returns true for two numbers with the same digits.
    static func areSameNumber(_ left: AnyValue, _ right: AnyValue) -> Bool {
        guard let left = left.getAsNullableDecimal(), let right = right.getAsNullableDecimal() else { return false }
        return left == right
    }

    private var comparableNumber: Double? {
        switch self {
        case .bool(let value): value ? 1 : 0
        case .integer(let value): Double(value)
        case .double(let value): value
        case .decimal(let value): value.nearestDouble
        case .string(let text): Double(text.trimmed)
        default: nil
        }
    }
}
