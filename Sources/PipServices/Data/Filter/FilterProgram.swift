import FoundationEssentials

/// A compiled filter for many items: field readers are looked up once, and strings are case-folded once.
struct FilterProgram<Item>: Sendable {
    typealias FieldReader = @Sendable (Item) -> AnyValue
    private let test: @Sendable (Item) -> Bool

    /// - Parameter reader: returns the reader of a field by its path.
    init(_ expression: FilterExpression, _ reader: (String) -> FieldReader) {
        test = Self.compile(expression, reader)
    }

    func holds(_ item: Item) -> Bool { test(item) }

    // MARK: - Internal

    private static func compile(
        _ expression: FilterExpression, _ reader: (String) -> FieldReader
    ) -> @Sendable (Item) -> Bool {
        switch expression {
        case .compare(let path, let comparison, let value):
            let read = reader(path)
            return { Self.anyOf(read($0), including: true) { Self.compares($0, comparison, value) } }
        case .oneOf(let path, let values):
            let read = reader(path)
            let values = Set(values.map { HashedValue($0) })
            return { Self.anyOf(read($0), including: true) { values.contains(HashedValue($0)) } }
        case .text(let path, let match, let text, let ignoringCase):
            let read = reader(path)
            let wanted = TextMatcher(match, text, ignoringCase: ignoringCase)
            return {
                Self.anyOf(read($0), including: false) { value in
                    if case .string(let text) = value { wanted.matches(text) } else { false }
                }
            }
        case .and(let parts):
            let tests = parts.map { compile($0, reader) }
            if tests.count == 1 { return tests[0] }
            return { item in tests.allSatisfy { $0(item) } }
        case .or(let parts):
            let tests = parts.map { compile($0, reader) }
            return { item in tests.contains { $0(item) } }
        case .not(let part):
            let test = compile(part, reader)
            return { !test($0) }
        }
    }

    private static func anyOf(_ value: AnyValue, including whole: Bool, _ test: (AnyValue) -> Bool) -> Bool {
        guard case .array(let values) = value else { return test(value) }
        return whole && test(value) || values.contains(where: test)
    }

    private static func compares(
        _ value: AnyValue, _ comparison: FilterExpression.Comparison, _ other: AnyValue
    ) -> Bool {
        if comparison == .equal { return ValueOrder.compare(value, other) == 0 }
        guard !value.isNull, ValueOrder.rank(value) == ValueOrder.rank(other), !value.isNaN, !other.isNaN else {
            return false
        }
        let order = ValueOrder.compare(value, other)
        return switch comparison {
        case .equal: order == 0
        case .less: order < 0
        case .lessOrEqual: order <= 0
        case .greater: order > 0
        case .greaterOrEqual: order >= 0
        }
    }
}

/// A compiled string pattern.
private struct TextMatcher: Sendable {
    private let match: FilterExpression.TextMatch
    private let wanted: [UInt8]
    private let ignoringCase: Bool
    /// The failure table of the Knuth-Morris-Pratt algorithm.
    private let table: [Int]

    init(_ match: FilterExpression.TextMatch, _ text: String, ignoringCase: Bool) {
        self.match = match
        self.ignoringCase = ignoringCase
        wanted = Array((ignoringCase ? text.lowercased() : text).utf8)
        table = match == .contains ? Self.table(wanted) : []
    }

    func matches(_ text: String) -> Bool {
        let bytes = Array((ignoringCase ? text.lowercased() : text).utf8)
        return switch match {
        case .whole: bytes == wanted
        case .prefix: bytes.starts(with: wanted)
        case .contains: contains(bytes)
        }
    }

    /// Returns whether the bytes contain the pattern, in linear time (Knuth-Morris-Pratt).
    private func contains(_ bytes: [UInt8]) -> Bool {
        guard !wanted.isEmpty else { return true }
        guard wanted.count <= bytes.count else { return false }
        var matched = 0
        for byte in bytes {
            while matched > 0, wanted[matched] != byte { matched = table[matched - 1] }
            if wanted[matched] == byte { matched += 1 }
            if matched == wanted.count { return true }
        }
        return false
    }

    private static func table(_ wanted: [UInt8]) -> [Int] {
        var table = [Int](repeating: 0, count: wanted.count)
        var matched = 0
        for index in wanted.indices.dropFirst() {
            while matched > 0, wanted[matched] != wanted[index] { matched = table[matched - 1] }
            if wanted[matched] == wanted[index] { matched += 1 }
            table[index] = matched
        }
        return table
    }
}

extension AnyValue {
    var isNaN: Bool {
        switch self {
        case .double(let number): number.isNaN
        case .decimal(let number): number.isNaN
        default: false
        }
    }
}
