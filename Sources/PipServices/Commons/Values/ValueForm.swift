import FoundationEssentials

/// The dynamic forms of types whose own `Codable` form is not suitable for other editions.
enum ValueForm {
    /// Returns the dynamic form of a value of a supported type; nil for other types.
    static func encoded<Value>(_ value: Value) -> AnyValue? {
        // Compared first, because casts of other types are slow.
        let type = Value.self
        if type == AnyValue.self { return value as? AnyValue }
        if type == AnyValueMap.self { return (value as? AnyValueMap).map(AnyValue.map) }
        if type == Date.self { return (value as? Date).map(of) }
        if type == Decimal.self { return (value as? Decimal).map { AnyValue($0) } }
        if type == UUID.self { return (value as? UUID).map(of) }
        if type == URL.self { return (value as? URL).map(of) }
        if type == Data.self { return (value as? Data).map(of) }
        if type == Duration.self { return (value as? Duration).map(of) }
        return nil
    }

    /// Returns true for a supported type.
    static func isKnown(_ type: Any.Type) -> Bool {
        type == AnyValue.self || type == Date.self || type == Decimal.self || type == UUID.self || type == URL.self
            || type == Data.self || type == Duration.self
    }

    /// Decodes a supported type from a dynamic value; nil if it is not valid.
    static func decoded(_ type: Any.Type, _ value: AnyValue) -> Any? {
        switch type {
        case is AnyValue.Type: value
        case is Date.Type: date(value)
        case is Decimal.Type: number(value)
        case is UUID.Type: value.string.flatMap { UUID(uuidString: $0) }
        case is URL.Type: value.string.flatMap { URL(string: $0) }
        case is Data.Type: value.string.flatMap { Data(base64Encoded: $0) }
        case is Duration.Type: number(value).flatMap { Duration(exactMilliseconds: $0) }
        default: nil
        }
    }

    /// Returns the expected form of a string that the type is decoded from; nil for other types.
    static func textForm(of type: Any.Type) -> String? {
        switch type {
        case is UUID.Type: "a UUID, such as 123e4567-e89b-12d3-a456-426614174000"
        case is URL.Type: "a URL"
        default: nil
        }
    }

    /// Returns a date, truncated to milliseconds as in all editions.
    static func of(_ date: Date) -> AnyValue { .date(ISODate.wholeMilliseconds(date)) }
    static func of(_ id: UUID) -> AnyValue { .string(id.uuidString.asciiLowercased) }
    static func of(_ link: URL) -> AnyValue { .string(link.absoluteString) }
    static func of(_ data: Data) -> AnyValue { .string(data.base64EncodedString()) }
    static func of(_ span: Duration) -> AnyValue {
        let (seconds, attoseconds) = span.components
        if attoseconds == 0, let whole = seconds.checked(multipliedBy: 1000) { return .integer(whole) }
        let perMillisecond = Decimal(sign: .plus, exponent: -15, significand: 1)
        return AnyValue(Decimal(seconds) * 1000 + Decimal(attoseconds) * perMillisecond)
    }

    // MARK: - Internal

    private static func date(_ value: AnyValue) -> Date? {
        switch value {
        case .bool, .array, .map, .null: nil
        default: DateTimeConverter.toNullableDateTime(value)
        }
    }

    /// Returns an exact number. Strings are not accepted, as for other numbers.
    private static func number(_ value: AnyValue) -> Decimal? {
        if case .string = value { nil } else { value.getAsNullableDecimal() }
    }
}

extension Duration {
    /// Creates a duration from a number of milliseconds, truncated to attoseconds. Nil if it is too long.
    init?(exactMilliseconds number: Decimal) {
        let text = number.plainText
        let isNegative = text.utf8.first == UInt8(ascii: "-")
        let parts = text.utf8.dropFirst(isNegative ? 1 : 0).split(
            separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let fraction = (parts.dropFirst().first.map { Array($0) } ?? []).prefix(15)
        let padding = repeatElement(UInt8(ascii: "0"), count: 15 - fraction.count)
        guard let first = parts.first, let whole = Int64(Substring(first)),
            let rest = Int64(String(decoding: fraction + padding, as: UTF8.self))
        else { return nil }
        let sign: Int64 = isNegative ? -1 : 1
        // An attosecond is 10^-15 milliseconds.
        let (seconds, milliseconds) = whole.quotientAndRemainder(dividingBy: 1000)
        self.init(
            secondsComponent: sign * seconds,
            attosecondsComponent: sign * (milliseconds * 1_000_000_000_000_000 + rest))
    }
}

extension Int64 {
    fileprivate func checked(multipliedBy other: Int64) -> Int64? {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? nil : product
    }
}
