/// A constraint on the values of a setting beyond their type: a range or a list of choices.
struct SettingConstraint<Value>: Sendable {
    /// The expected form of a value, for messages.
    let expectation: String
    let allows: @Sendable (Value) -> Bool
}

extension SettingConstraint where Value: SettingValue {
    /// Allows all values of the type.
    static var none: SettingConstraint { SettingConstraint(expectation: Value.expectation) { _ in true } }

    static func range(_ range: some RangeExpression<Value> & Sendable) -> SettingConstraint where Value: Comparable {
        let words = range.words(\.settingText)
        let joint = words.begins(with: "from") || words.begins(with: "below") ? " " : " of "
        return SettingConstraint(expectation: Value.expectation + joint + words) { range.contains($0) }
    }

    static func choices(_ choices: [Value]) -> SettingConstraint where Value: Equatable & Sendable {
        let texts = choices.map(\.settingText).joined(separator: ", ")
        return SettingConstraint(expectation: "one of \(texts)") { choices.contains($0) }
    }

    /// The same constraint for an optional setting.
    var optional: SettingConstraint<Value?> {
        let allows = allows
        return SettingConstraint<Value?>(expectation: expectation) { $0.map(allows) ?? true }
    }
}

extension RangeExpression {
    /// Describes the range in messages: `from 1 to 100`, `at least 0`.
    func words(_ text: (Bound) -> String) -> String {
        switch self as Any {
        case let range as ClosedRange<Bound>: "from \(text(range.lowerBound)) to \(text(range.upperBound))"
        case let range as PartialRangeFrom<Bound>: "at least \(text(range.lowerBound))"
        case let range as PartialRangeThrough<Bound>: "at most \(text(range.upperBound))"
        case let range as PartialRangeUpTo<Bound>: "below \(text(range.upperBound))"
        case let range as Range<Bound>: "from \(text(range.lowerBound)) to below \(text(range.upperBound))"
        default: "in \(self)"
        }
    }
}
