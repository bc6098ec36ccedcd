import FoundationEssentials

/// A key in an ordered index: by value, then in insertion order.
struct IndexKey: Comparable, Sendable {
    let value: AnyValue
    let position: Int

    static func < (left: IndexKey, right: IndexKey) -> Bool {
        let order = ValueOrder.compare(left.value, right.value)
        return order == 0 ? left.position < right.position : order < 0
    }

    static func == (left: IndexKey, right: IndexKey) -> Bool {
        left.position == right.position && ValueOrder.compare(left.value, right.value) == 0
    }

    /// Returns the key before all items with a value.
    static func before(_ value: AnyValue) -> IndexKey { IndexKey(value: value, position: .min) }
    /// Returns the key after all items with a value.
    static func after(_ value: AnyValue) -> IndexKey { IndexKey(value: value, position: .max) }

    /// Returns the key before all values of the same type; nil for null.
    static func beforeKind(of value: AnyValue) -> IndexKey? {
        switch value {
        case .null: nil
        case .integer, .double, .decimal: .after(.double(.nan))
        default: smallest(rank: ValueOrder.rank(value)).map { .before($0) }
        }
    }

    /// Returns the key after all values of the same type; nil for the last type.
    static func afterKind(of value: AnyValue) -> IndexKey? {
        smallest(rank: ValueOrder.rank(value) + 1).map { .before($0) }
    }

    /// Returns the key after all strings with a prefix; nil if these are the last strings.
    static func afterPrefix(_ text: String) -> IndexKey? {
        var scalars = Array(text.unicodeScalars)
        while let last = scalars.popLast() {
            // Skips the surrogates.
            let next = last.value == 0xD7FF ? 0xE000 : last.value + 1
            guard let scalar = Unicode.Scalar(next) else { continue }
            scalars.append(scalar)
            var view = String.UnicodeScalarView()
            view.append(contentsOf: scalars)
            return .before(.string(String(view)))
        }
        return nil
    }

    private static func smallest(rank: Int) -> AnyValue? {
        switch rank {
        case 1: .double(.nan)
        case 2: .string("")
        case 3: .map([:])
        case 4: .array([])
        case 5: .bool(false)
        case 6: .date(Date(timeIntervalSinceReferenceDate: -.infinity))
        default: nil
        }
    }
}
