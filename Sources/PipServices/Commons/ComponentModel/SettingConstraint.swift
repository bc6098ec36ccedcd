/// What values of a setting are allowed beyond their type: a range, or one of several.
struct SettingConstraint<Value>: Sendable {
    /// What a value must be like, for messages.
    let expectation: String
    let allows: @Sendable (Value) -> Bool
}

extension SettingConstraint where Value: SettingValue {
    /// All values of the type.
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

    /// The same for a setting that may be unset.
    var optional: SettingConstraint<Value?> {
        let allows = allows
        return SettingConstraint<Value?>(expectation: expectation) { $0.map(allows) ?? true }
    }
}

extension RangeExpression {
    /// The range as messages have it: `from 1 to 100`, `at least 0`.
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
