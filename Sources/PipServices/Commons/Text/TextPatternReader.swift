/// Compiles regular expressions.
struct TextPatternReader {
    /// Limits the cost of a pattern from a peer in proportion to its length.
    private static let maximumSteps = 2_000
    private static let maximumCost = 4_000
    private static let maximumDepth = 50
    private static let maximumCount = 1_000

    private let pattern: [Unicode.Scalar]
    private var index = 0
    private var depth = 0

    private init(_ pattern: String) { self.pattern = Array(pattern.unicodeScalars) }

    /// Compiles a pattern; nil if it is invalid or too large.
    static func read(_ pattern: String) -> [TextPatternStep]? {
        guard pattern.utf8.count <= maximumSteps else { return nil }
        var reader = TextPatternReader(pattern)
        guard let program = reader.alternatives(), reader.index == reader.pattern.count else { return nil }
        // In the worst case, each character is compared with every range of every step.
        guard program.reduce(0, { $0 + $1.cost }) <= maximumCost else { return nil }
        return program + [.end]
    }

    // MARK: - Internal

    private var peek: Unicode.Scalar? { index < pattern.count ? pattern[index] : nil }

    private mutating func skip(_ scalar: Unicode.Scalar) -> Bool {
        guard peek == scalar else { return false }
        index += 1
        return true
    }

    /// Parses `a|b|c`. Jumps are relative to the start of their own program.
    private mutating func alternatives() -> [TextPatternStep]? {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else { return nil }
        var branches: [[TextPatternStep]] = []
        repeat {
            guard let branch = sequence() else { return nil }
            branches.append(branch)
        } while skip("|")
        var program = branches.removeLast()
        for branch in branches.reversed() {
            // Split to the branch or past it; after the branch, jump over the rest.
            let rest = program
            program = [.split(1, branch.count + 2)] + Self.moved(branch, by: 1)
            program.append(.jump(program.count + 1 + rest.count))
            program += Self.moved(rest, by: program.count)
            guard program.count <= Self.maximumSteps else { return nil }
        }
        return program
    }

    private mutating func sequence() -> [TextPatternStep]? {
        var program: [TextPatternStep] = []
        while let next = peek, next != "|", next != ")" {
            guard let atom = atom(), let part = repeated(atom) else { return nil }
            program += Self.moved(part, by: program.count)
            guard program.count <= Self.maximumSteps else { return nil }
        }
        return program
    }

    private mutating func atom() -> [TextPatternStep]? {
        guard let scalar = peek else { return nil }
        index += 1
        switch scalar {
        case "^": return [.start]
        case "$": return [.finish]
        case ".": return [.take(.any)]
        case "[": return set().map { [.take($0)] }
        case "(":
            if skip("?"), !skip(":") { return nil }
            guard let inner = alternatives(), skip(")") else { return nil }
            return inner
        case "*", "+", "?": return nil
        case "\\":
            if skip("b") { return [.boundary(true)] }
            if skip("B") { return [.boundary(false)] }
            return escaped().map { [.take($0)] }
        default: return [.take(ScalarSet(ranges: [scalar.value...scalar.value]))]
        }
    }

    /// Parses what follows a backslash.
    private mutating func escaped() -> ScalarSet? {
        guard let scalar = peek else { return nil }
        index += 1
        func one(_ value: UInt32) -> ScalarSet { ScalarSet(ranges: [value...value]) }
        switch scalar {
        case "d": return .digit
        case "D": return ScalarSet.digit.negated
        case "w": return .word
        case "W": return ScalarSet.word.negated
        case "s": return .space
        case "S": return ScalarSet.space.negated
        case "t": return one(9)
        case "n": return one(10)
        case "v": return one(11)
        case "f": return one(12)
        case "r": return one(13)
        case "0": return one(0)
        case "x": return hexadecimal(2).map(one)
        case "u": return hexadecimal(4).map(one)
        // Back-references.
        case "1"..."9", "k": return nil
        default: return one(scalar.value)
        }
    }

    private mutating func hexadecimal(_ count: Int) -> UInt32? {
        guard index + count <= pattern.count else { return nil }
        var text = String.UnicodeScalarView()
        text.append(contentsOf: pattern[index..<index + count])
        index += count
        return UInt32(String(text), radix: 16)
    }

    /// Parses the content of `[...]`.
    private mutating func set() -> ScalarSet? {
        var set = ScalarSet(ranges: [], isNegated: skip("^"))
        while let scalar = peek {
            index += 1
            if scalar == "]" { return set }
            guard let first = member(scalar) else { return nil }
            guard peek == "-", index + 1 < pattern.count, pattern[index + 1] != "]" else {
                set.ranges += first.plainRanges
                continue
            }
            index += 1
            guard let next = peek else { return nil }
            index += 1
            guard let last = member(next), let low = Self.single(first), let high = Self.single(last), low <= high
            else { return nil }
            set.ranges.append(low...high)
        }
        return nil
    }

    private mutating func member(_ scalar: Unicode.Scalar) -> ScalarSet? {
        guard scalar == "\\" else { return ScalarSet(ranges: [scalar.value...scalar.value]) }
        return skip("b") ? ScalarSet(ranges: [8...8]) : escaped()
    }

    private static func single(_ set: ScalarSet) -> UInt32? {
        guard !set.isNegated, set.ranges.count == 1, let range = set.ranges.first, range.count == 1 else { return nil }
        return range.lowerBound
    }

    /// Parses `*`, `+`, `?` or `{n,m}` after an atom. Greediness does not affect the result.
    private mutating func repeated(_ atom: [TextPatternStep]) -> [TextPatternStep]? {
        let minimum: Int
        let maximum: Int?
        if skip("*") {
            (minimum, maximum) = (0, nil)
        } else if skip("+") {
            (minimum, maximum) = (1, nil)
        } else if skip("?") {
            (minimum, maximum) = (0, 1)
        } else if let bounds = bounds() {
            (minimum, maximum) = bounds
        } else {
            return atom
        }
        _ = skip("?")
        guard let next = peek else { return Self.repeating(atom, minimum, maximum) }
        return "*+?".unicodeScalars.contains(next) ? nil : Self.repeating(atom, minimum, maximum)
    }

    /// Parses `{2}`, `{2,}` or `{2,5}`. Other content in braces is literal.
    private mutating func bounds() -> (Int, Int?)? {
        let start = index
        guard skip("{"), let minimum = number() else {
            index = start
            return nil
        }
        var maximum: Int? = minimum
        if skip(",") { maximum = number() }
        guard skip("}"), minimum <= maximum ?? .max else {
            index = start
            return nil
        }
        return (minimum, maximum)
    }

    private mutating func number() -> Int? {
        var value: Int?
        while let scalar = peek, ScalarSet.digit.contains(scalar) {
            index += 1
            value = min((value ?? 0) * 10 + Int(scalar.value - 48), Self.maximumCount + 1)
        }
        return value
    }

    private static func repeating(
        _ atom: [TextPatternStep], _ minimum: Int, _ maximum: Int?
    ) -> [TextPatternStep]? {
        guard minimum <= maximumCount, maximum ?? 0 <= maximumCount,
            (max(minimum, maximum ?? 0) + 1) * (atom.count + 2) <= maximumSteps
        else { return nil }
        var program: [TextPatternStep] = []
        for _ in 0..<minimum { program += moved(atom, by: program.count) }
        if let maximum {
            for _ in minimum..<maximum {
                let at = program.count
                program.append(.split(at + 1, at + 1 + atom.count))
                program += moved(atom, by: at + 1)
            }
        } else {
            let at = program.count
            program.append(.split(at + 1, at + 2 + atom.count))
            program += moved(atom, by: at + 1)
            program.append(.jump(at))
        }
        return program
    }

    private static func moved(_ program: [TextPatternStep], by offset: Int) -> [TextPatternStep] {
        program.map { step in
            switch step {
            case .split(let first, let second): .split(first + offset, second + offset)
            case .jump(let target): .jump(target + offset)
            default: step
            }
        }
    }
}
