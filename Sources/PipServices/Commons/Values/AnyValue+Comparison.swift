import FoundationEssentials

/// The toolkit's lenient comparisons. `==` is the strict one: there, 1 is not "1".
extension AnyValue {
    /// True when both have the same text form (the toolkit's `AnyValue.equals`): 1.5 and "1.5", true and "true", a date
    /// and its ISO text. `.null` equals only `.null`. Maps, which have no text form of their own, are compared by
    /// their values, and arrays element by element.
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

    /// True when both are equal after conversion to a kind (the toolkit's `AnyValue.equalsAsType`). What can't be
    /// converted equals nothing; two `.null` are equal.
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

    /// The comparison without conversion of the toolkit: numbers by value, also against truth values and against text
    /// that is a number; `.null` is only like `.null`.
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

    /// True for two numbers with the same digits.
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
