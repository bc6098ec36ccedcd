/// A rule for a field of a type, for ``SchemaRules``. The compiler checks that it suits the field's type.
///
/// ```swift
/// let codes: [FieldRule<String>] = [.length(2...2), .matching("^[A-Z]{2}$")]
/// let numbers: [FieldRule<Int>] = [
///     .range(1...100), .oneOf([1, 2, 4]), .custom("must be even") { $0.isMultiple(of: 2) },
/// ]
/// ```
public struct FieldRule<Value: Sendable>: Sendable {
    /// The condition in words: `must be from 1 to 100`.
    public let words: String
    let holds: @Sendable (Value) -> Bool
    /// The OpenAPI keywords of the condition, if there are any.
    let keywords: AnyValueMap

    /// A custom rule.
    /// - Parameter words: the end of the error message, after the field's name, such as `must be even`.
    public static func custom(_ words: String, _ holds: @escaping @Sendable (Value) -> Bool) -> FieldRule {
        FieldRule(words: words, holds: holds, keywords: [:])
    }

    /// The value must be in a range, such as `1...100`, `0...` or `..<10`.
    public static func range(_ range: some RangeExpression<Value> & Sendable) -> FieldRule where Value: Comparable {
        FieldRule(
            words: "must be \(range.words(text))", holds: { range.contains($0) },
            keywords: range.keywords("minimum", "maximum", exclusive: true, number))
    }

    /// The value must be one of a list.
    public static func oneOf(_ values: [Value]) -> FieldRule where Value: Equatable & Encodable {
        let dynamic = values.map { (try? AnyValue(encoding: $0)) ?? .null }
        return FieldRule(
            words: "must be one of \(dynamic.map(\.description).joined(separator: ", "))",
            holds: { values.contains($0) }, keywords: values.isEmpty ? ["not": [:]] : ["enum": .array(dynamic)])
    }

    /// The length of the string in code points must be in a range, such as `1...50`.
    public static func length(_ range: some RangeExpression<Int> & Sendable) -> FieldRule where Value == String {
        FieldRule(
            words: "must have a length \(range.joint)", holds: { range.contains($0.unicodeScalars.count) },
            keywords: range.keywords("minLength", "maxLength", exclusive: false) { .integer(Int64($0)) })
    }

    /// The string must contain a match of a pattern, see ``ObjectComparator/match(_:_:)``. Nothing matches an
    /// invalid pattern.
    public static func matching(_ pattern: String) -> FieldRule where Value == String {
        let compiled = TextPattern(pattern)
        return FieldRule(
            words: "must match the pattern \(pattern)", holds: { compiled?.isFound(in: $0) ?? false },
            keywords: ["pattern": .string(pattern)])
    }

    /// The number of elements must be in a range, such as `1...` for at least one.
    public static func count<Element>(_ range: some RangeExpression<Int> & Sendable) -> FieldRule
    where Value == [Element] {
        FieldRule(
            words: "must have a number of elements \(range.joint)", holds: { range.contains($0.count) },
            keywords: range.keywords("minItems", "maxItems", exclusive: false) { .integer(Int64($0)) })
    }

    // MARK: - Internal

    /// Returns a bound as messages show it.
    private static func text(_ bound: Value) -> String { ValueForm.encoded(bound)?.description ?? "\(bound)" }

    /// Returns a bound as OpenAPI represents it.
    private static func number(_ bound: Value) -> AnyValue? {
        guard !(bound is Duration) else { return ValueForm.encoded(bound) }
        switch bound {
        case let whole as any BinaryInteger: return Int64(exactly: whole).map(AnyValue.integer)
        case let number as Double where number.isFinite: return .double(number)
        case let number as Float where number.isFinite: return .double(number.shortestDouble)
        default:
            switch ValueForm.encoded(bound) {
            case .integer(let value): return .integer(value)
            case .double(let value) where value.isFinite: return .double(value)
            case .decimal(let value): return .decimal(value)
            default: return nil
            }
        }
    }

    /// Returns the validation rule for the value of a field.
    func rule() -> FieldValidationRule where Value: Decodable {
        FieldValidationRule(words: words, keywords: keywords) { value in
            // A value of the wrong type is reported by the schema.
            guard let typed = try? value.decode(Value.self) else { return true }
            return holds(typed)
        }
    }
}

/// Adapts a ``FieldRule`` to the rules of a schema.
struct FieldValidationRule: ValidationRule {
    /// The field for a rule on a whole object; nil for a rule on the field itself.
    var name: String?
    let words: String
    let keywords: AnyValueMap
    let holds: @Sendable (AnyValue) -> Bool

    func validate(path: String, schema: any Schema, value: AnyValue, results: inout [ValidationResult]) {
        guard !holds(value) else { return }
        let path = name.map { path.appending(path: $0) } ?? path
        let actual = name.map { value[$0] ?? .null } ?? value
        results.append(
            .error(path, "BAD_VALUE", "\(path.named) \(words)", expected: .string(words), actual: actual))
    }
}

extension RangeExpression {
    /// The range after a noun: `from 1 to 50`, `of at least 1`.
    var joint: String {
        let words = words { "\($0)" }
        return words.begins(with: "from") || words.begins(with: "below") ? words : "of \(words)"
    }

    /// Returns the OpenAPI keywords of the range; empty if it can't be expressed.
    func keywords(
        _ least: String, _ most: String, exclusive: Bool, _ number: (Bound) -> AnyValue?
    ) -> AnyValueMap {
        var (lower, upper, isOpen) = (Bound?.none, Bound?.none, false)
        switch self as Any {
        case let range as ClosedRange<Bound>: (lower, upper) = (range.lowerBound, range.upperBound)
        case let range as PartialRangeFrom<Bound>: lower = range.lowerBound
        case let range as PartialRangeThrough<Bound>: upper = range.upperBound
        case let range as PartialRangeUpTo<Bound>: (upper, isOpen) = (range.upperBound, true)
        case let range as Range<Bound>: (lower, upper, isOpen) = (range.lowerBound, range.upperBound, true)
        default: return [:]
        }
        var keywords = AnyValueMap()
        if let lower {
            guard let bound = number(lower) else { return [:] }
            keywords[least] = bound
        }
        if let upper {
            guard let bound = number(upper) else { return [:] }
            if exclusive {
                keywords[most] = bound
                if isOpen { keywords["exclusiveMaximum"] = true }
            } else if case .integer(let whole) = bound {
                keywords[most] = .integer(isOpen ? whole - 1 : whole)
            }
        }
        return keywords
    }
}
