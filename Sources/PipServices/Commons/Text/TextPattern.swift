/// A regular expression that is matched in linear time (Thompson's construction: all alternatives are followed
/// simultaneously).
///
/// Patterns and strings come from peers, and backtracking matchers take exponential time on some of them.
struct TextPattern {
    private let program: [TextPatternStep]

    /// Parses a pattern; nil if it is invalid, too large or nested too deeply.
    init?(_ pattern: String) {
        guard let program = TextPatternReader.read(pattern) else { return nil }
        self.program = program
    }

    /// Returns true if the string contains a match.
    func isFound(in text: String) -> Bool {
        let scalars = Array(text.unicodeScalars)
        var present = Threads(count: program.count)
        var next = Threads(count: program.count)
        for index in 0...scalars.count {
            // A match may start anywhere.
            if follow(0, index, scalars, &present) { return true }
            guard index < scalars.count else { return false }
            next.clear()
            for step in present.steps {
                if case .take(let set) = program[step], set.contains(scalars[index]),
                    follow(step + 1, index + 1, scalars, &next)
                {
                    return true
                }
            }
            swap(&present, &next)
        }
        return false
    }

    // MARK: - Internal

    /// The current steps of the matcher, without duplicates.
    private struct Threads {
        var steps: [Int] = []
        private var marks: [Int]
        private var generation = 1

        init(count: Int) { marks = Array(repeating: 0, count: count) }

        mutating func clear() {
            steps.removeAll(keepingCapacity: true)
            generation += 1
        }

        mutating func visit(_ step: Int) -> Bool {
            if marks[step] == generation { return false }
            marks[step] = generation
            return true
        }
    }

    /// Adds all steps that are reachable without consuming a character. Returns true if the end of the program is
    /// reached.
    private func follow(_ start: Int, _ index: Int, _ text: [Unicode.Scalar], _ threads: inout Threads) -> Bool {
        var open = [start]
        while let step = open.popLast() {
            guard threads.visit(step) else { continue }
            switch program[step] {
            case .end: return true
            case .take: threads.steps.append(step)
            case .jump(let target): open.append(target)
            case .split(let first, let second):
                open.append(second)
                open.append(first)
            case .start: if index == 0 { open.append(step + 1) }
            case .finish: if index == text.count { open.append(step + 1) }
            case .boundary(let wanted):
                let before = index > 0 && ScalarSet.word.contains(text[index - 1])
                let after = index < text.count && ScalarSet.word.contains(text[index])
                if (before != after) == wanted { open.append(step + 1) }
            }
        }
        return false
    }
}

/// A step of a compiled pattern.
enum TextPatternStep {
    case take(ScalarSet)
    case split(Int, Int)
    case jump(Int)
    case start, finish
    case boundary(Bool)
    case end

    /// The maximum work for one character.
    var cost: Int { if case .take(let set) = self { set.ranges.count } else { 1 } }
}

/// A set of characters.
struct ScalarSet {
    var ranges: [ClosedRange<UInt32>]
    var isNegated = false

    func contains(_ scalar: Unicode.Scalar) -> Bool { ranges.contains { $0.contains(scalar.value) } != isNegated }

    static let word = ScalarSet(ranges: [48...57, 65...90, 95...95, 97...122])
    static let digit = ScalarSet(ranges: [48...57])
    static let space = ScalarSet(ranges: [
        9...13, 32...32, 0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A, 0x2028...0x2029, 0x202F...0x202F,
        0x205F...0x205F, 0x3000...0x3000, 0xFEFF...0xFEFF,
    ])
    /// Everything except line terminators.
    static let any = ScalarSet(ranges: [10...10, 13...13, 0x2028...0x2029], isNegated: true)

    var negated: ScalarSet { ScalarSet(ranges: ranges, isNegated: !isNegated) }

    /// The ranges without the negation, for use inside a class.
    var plainRanges: [ClosedRange<UInt32>] {
        guard isNegated else { return ranges }
        var result: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if range.lowerBound > next { result.append(next...(range.lowerBound - 1)) }
            next = max(next, range.upperBound + 1)
        }
        if next <= 0x10FFFF { result.append(next...0x10FFFF) }
        return result
    }
}
