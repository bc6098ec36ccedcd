import FoundationEssentials
import PipServices

/// Compares a recorded result with what an operation gave, as the vectors' README says.
enum VectorMatcher {
    /// True when `got` is what `expected` describes. `expected` may hold the encodings `$error`, `$shape`, `$contains`
    /// and `$id`; the simpler ones are decoded already.
    static func matches(_ expected: AnyValue, _ got: AnyValue) -> Bool {
        switch (expected, got) {
        case (.string("$id"), .string(let id)): return isId(id)
        case (.integer, .double), (.double, .integer), (.double, .double): return number(expected, got)
        case (.date(let expected), .date(let got)): return abs(expected.timeIntervalSince(got)) < 0.0005
        case (.array(let expected), .array(let got)):
            return expected.count == got.count && zip(expected, got).allSatisfy(matches)
        case (.map(let map), _) where map.count == 1 && map["$error"] != nil: return error(map["$error"] ?? .null, got)
        case (.map(let map), _) where map.count == 1 && map["$shape"] != nil: return shape(map["$shape"] ?? .null, got)
        case (.map(let map), _) where map.count == 1 && map["$contains"] != nil:
            guard let wanted = map["$contains"]?.array, let found = got.array else { return false }
            return wanted.allSatisfy { wanted in found.contains { matches(wanted, $0) } }
        case (.map(let expected), .map(let got)):
            // A missing field is the same as one that is null.
            return Set(expected.keys + got.keys).allSatisfy { matches(expected[$0] ?? .null, got[$0] ?? .null) }
        default: return expected == got
        }
    }

    // MARK: - Encodings

    private static func number(_ expected: AnyValue, _ got: AnyValue) -> Bool {
        switch (expected, got) {
        case (.integer(let whole), .double(let number)), (.double(let number), .integer(let whole)):
            return Int64(exactly: number) == whole
        case (.double(let left), .double(let right)): return left == right || (left.isNaN && right.isNaN)
        default: return false
        }
    }

    private static func error(_ expected: AnyValue, _ got: AnyValue) -> Bool {
        guard let found = got["$error"] else { return false }
        let names = ["category", "code", "status"]
        // All three null: only that it fails.
        if names.allSatisfy({ expected[$0]?.isNull ?? true }) { return true }
        return names.allSatisfy { matches(expected[$0] ?? .null, found[$0] ?? .null) }
    }

    private static func shape(_ expected: AnyValue, _ got: AnyValue) -> Bool {
        switch expected {
        case .map(let fields):
            if fields["$contains"] != nil { return matches(expected, got) }
            guard let found = got.map else { return false }
            return fields.allSatisfy { shape($0.value, found[$0.key] ?? .null) }
        case .string("String"): return got.string != nil
        case .string("ISO date text"):
            return got.string.flatMap { DateTimeConverter.toNullableDateTime(.string($0)) } != nil
        case .string("map"): return got.map != nil
        case .string(let text) where text.hasPrefix("number"):
            switch got {
            case .integer, .double: return true
            default: return false
            }
        default: return matches(expected, got)
        }
    }

    private static func isId(_ text: String) -> Bool {
        text.utf8.count == 32 && text.allSatisfy { "0123456789abcdef".contains($0) }
    }
}
