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

    @Test("The messages of rules name the properties and the values") func messages() {
        func messages(_ rule: any ValidationRule, _ value: AnyValue) -> [String] {
            ValueSchema(rules: [rule]).validate(value).map(\.message)
        }
        #expect(messages(ValueComparisonRule("GE", 18), 17) == ["value must GE 18 but found 17"])
        #expect(messages(IncludedRule(1, "x"), 2) == ["value must be one of 1,x"])
        #expect(messages(ExcludedRule(1, 2), 2) == ["value must not be one of 1,2"])
        #expect(messages(NotRule(IncludedRule(1)), 1) == ["Negative check for value failed"])
        #expect(messages(PropertiesComparisonRule("a", "<", "b"), ["a": 1, "b": 1]) == ["value must have a < b"])
        let none = ["value must have at least one property from a,b"]
        #expect(messages(AtLeastOneExistsRule("a", "b"), ["a": nil]) == none)
        #expect(messages(AtLeastOneExistsRule("a", "b"), ["b": 0]) == [])
        #expect(messages(OnlyOneExistsRule("a", "b"), ["b": 0]) == none)
        #expect(
            messages(OnlyOneExistsRule("a", "b"), ["a": 1, "b": 1]) == [
                "value must have only one property from a,b"
            ])
    }

    @Test(
        "Each operation is exact at its boundary",
        arguments: [
            ("=", [false, true, false]), ("==", [false, true, false]), ("eq", [false, true, false]),
            ("!=", [true, false, true]), ("<>", [true, false, true]), ("NE", [true, false, true]),
            ("<", [true, false, false]), ("LT", [true, false, false]), ("<=", [true, true, false]),
            ("LE", [true, true, false]), ("LTE", [true, true, false]), (">", [false, false, true]),
            ("GT", [false, false, true]), (">=", [false, true, true]), ("GE", [false, true, true]),
            ("GTE", [false, true, true]), ("=<", [false, false, false]),
        ] as [(String, [Bool])])
    func operations(operation: String, results: [Bool]) {
        let whole: [AnyValue] = [1, 2, 3]
        let fractions: [AnyValue] = [.double(1.5), .double(2), "2.5"]
        #expect(whole.map { ObjectComparator.compare($0, operation, 2) } == results)
        #expect(fractions.map { ObjectComparator.compare($0, operation, "2.0") } == results)
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

    @Test(
        arguments: [
            ("b", "abc", true), ("^b", "abc", false), ("^a.c$", "abc", true), ("[a-c]+x", "aabcx", true),
            ("(ab|cd){2}", "abcd", true), (#"\d{2,3}"#, "a12", true), ("a{2}", "a", false), ("(", "(", false),
            (#"\bfoo\b"#, "a foo b", true), ("", "", true), ("[^a]", "a", false), ("a|", "", true),
            (#"[\d]"#, "a1", true), (#"[\d]"#, "d", false), (#"[\]]"#, "]", true), (#"[^\D]"#, "a", false),
            (#"[^\D]"#, "1", true), ("[a-]", "-", true), ("a{2,}", "aaa", true), ("^a{2,3}$", "aa", true),
            ("^a{2,3}$", "aaaa", false), ("a{3,2}", "aaa", false), ("a{3,2}", "a{3,2}", true), (#"\x41"#, "A", true),
            (#"\u0041"#, "A", true), (#"\x4"#, "x4", false), (#"\w"#, "_", true), (#"\W"#, "_", false),
            (#"\s"#, "\u{A0}", true), (#"\S"#, " ", false), (".", "\n", false), (#"\Bb"#, "ab", true),
            (#"\bb"#, "ab", false), ("a**", "a", false), ("^a+?$", "aa", true), ("^(?:ab)+c$", "ababc", true),
            ("(?=a)", "a", false), (#"(a)\1"#, "aa", false), ("[z-a]", "a", false), ("[a", "a", false),
        ] as [(String, String, Bool)])
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
        func nested(_ count: Int) -> AnyValue {
            .string(String(repeating: "(", count: count) + String(repeating: ")", count: count))
        }
        #expect(ObjectComparator.compare("", "LIKE", nested(49)))
        #expect(!ObjectComparator.compare("", "LIKE", nested(50)))
        #expect(!ObjectComparator.compare("", "LIKE", nested(1_000)))
    }
}
