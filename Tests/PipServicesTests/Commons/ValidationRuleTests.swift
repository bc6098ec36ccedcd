import PipServices
import PipServicesTesting
import Testing

@Suite struct ValidationRuleTests {
    private func codes(_ rule: any ValidationRule, _ value: AnyValue) -> [String] {
        ValueSchema(rules: [rule]).validate(value).map(\.code)
    }

    @Test func rulesTellWhatIsWrong() {
        #expect(codes(ValueComparisonRule("GE", 18), 17) == ["BAD_VALUE"])
        #expect(codes(ValueComparisonRule("ge", 18), "18").isEmpty)
        #expect(codes(ValueComparisonRule("??", 18), 18) == ["BAD_VALUE"])
        #expect(codes(PropertiesComparisonRule("a", "<", "b"), ["A": 2, "b": 1]) == ["PROPERTIES_NOT_MATCH"])
        #expect(codes(AtLeastOneExistsRule("a", "b"), ["c": 1]) == ["VALUE_NULL"])
        #expect(codes(OnlyOneExistsRule("a", "b"), ["a": 1, "b": 2]) == ["VALUE_ONLY_ONE"])
        #expect(codes(OnlyOneExistsRule("a", "b"), [:]) == ["VALUE_NULL"])
        #expect(codes(IncludedRule(1, "x"), 1.0).isEmpty)
        #expect(codes(IncludedRule(1, "x"), "1") == ["VALUE_NOT_INCLUDED"])
        #expect(codes(ExcludedRule(1), 1) == ["VALUE_INCLUDED"])
        #expect(codes(NotRule(IncludedRule(1)), 1) == ["NOT_FAILED"])
        #expect(codes(AndRule(IncludedRule(1), ExcludedRule(2)), 2) == ["VALUE_NOT_INCLUDED", "VALUE_INCLUDED"])
        #expect(codes(OrRule(IncludedRule(1), ExcludedRule(2)), 2) == ["VALUE_NOT_INCLUDED", "VALUE_INCLUDED"])
        #expect(codes(OrRule(IncludedRule(1), IncludedRule(2)), 2).isEmpty)
        #expect(codes(IncludedRule(1), nil).isEmpty)
    }

    @Test("Maps are equal if they have the same members, in any order") func equalMaps() {
        let map: AnyValue = ["a": 1, "b": 2]
        #expect(ObjectComparator.areEqual(map, ["b": 2, "a": 1]))
        #expect(!ObjectComparator.areEqual(map, ["a": 1]))
        #expect(!ObjectComparator.areEqual(["a": 1], map))
        #expect(!ObjectComparator.areEqual(map, ["a": 1, "b": 3]))
    }

    @Test("Nothing, false, zero, no number and an empty text do not exist") func existence() {
        func both(_ value: AnyValue) -> [String] { codes(OnlyOneExistsRule("a", "b"), ["a": value, "b": 1]) }
        for value in [.null, .bool(false), .integer(0), .double(0), .double(.nan), .string("")] as [AnyValue] {
            #expect(both(value).isEmpty, "\(value)")
        }
        for value in [.bool(true), .integer(-1), .double(0.5), .string(" "), .array([]), .map([:])] as [AnyValue] {
            #expect(both(value) == ["VALUE_ONLY_ONE"], "\(value)")
        }
    }

    @Test(arguments: [
        ("b", "abc", true), ("^b", "abc", false), ("^a.c$", "abc", true), ("[a-c]+x", "aabcx", true),
        ("(ab|cd){2}", "abcd", true), (#"\d{2,3}"#, "a12", true), ("a{2}", "a", false), ("(", "(", false),
        (#"\bfoo\b"#, "a foo b", true), ("", "", true), ("[^a]", "a", false), ("a|", "", true),
    ])
    func patternsFit(pattern: String, text: String, fits: Bool) {
        #expect(ObjectComparator.compare(.string(text), "LIKE", .string(pattern)) == fits)
    }

    @Test func patternsTakeLittleTime() {
        let text = AnyValue.string(String(repeating: "a", count: 2_000) + "!")
        for pattern in ["(a+)+$", "(a|aa)*$", "(.*)*x", "(a*)*(a*)*b", "((((a?){50}){9})?)*z"] {
            let took = processorTime { #expect(!ObjectComparator.compare(text, "LIKE", .string(pattern + "#"))) }
            // Backtracking would take years.
            #expect(took < .seconds(60), "\(pattern)")
        }
        // Too much work per character is rejected.
        let ranges = (0..<300).map { "\(Character(Unicode.Scalar(UInt32(0x400 + 2 * $0)) ?? "a"))" }.joined()
        #expect(!ObjectComparator.compare("\u{400}", "LIKE", .string("[\(ranges)]{500}|.")))
    }

    @Test func hostilePatternsHoldOut() {
        let seed: UInt64 = 51_515
        print("hostile patterns: seed \(seed)")
        let random = SeededRandom(seed: seed)
        let parts = [
            "(", ")", "[", "]", "*", "+", "?", "{2,3}", "{9", "|", "^", "$", ".", "a", #"\"#, "-", "(?:", "ü", "\u{0}",
        ]
        for _ in 0..<3_000 {
            let pattern = (0..<random.next(in: 0..<60)).map { _ in parts[random.next(in: 0..<parts.count)] }.joined()
            _ = ObjectComparator.compare("aaaa-ü[b]", "LIKE", .string(pattern))
        }
        let deep = String(repeating: "(", count: 1_000) + String(repeating: ")", count: 1_000)
        #expect(!ObjectComparator.compare("", "LIKE", .string(deep)))
    }
}
