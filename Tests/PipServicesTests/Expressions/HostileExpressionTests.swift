import PipServices
import PipServicesTesting
import Testing

/// Random, mutated, deep and very long inputs for expressions, CSV and templates: only results and errors are allowed,
/// in bounded time.
@Suite(.ownThreads) struct HostileExpressionTests {
    private static let codes: Set<String> = [
        "UNKNOWN", "INTERNAL", "UNEXPECTED_END", "ERROR_NEAR", "ERROR_AT", "UNKNOWN_SYMBOL", "MISSED_CLOSE_PARENTHESIS",
        "MISSED_CLOSE_SQUARE_BRACKET", "TOO_DEEP", "VAR_NOT_FOUND", "FUNC_NOT_FOUND", "WRONG_PARAM_COUNT",
        "OP_NOT_SUPPORTED", "CONV_NOT_SUPPORTED", "OUT_OF_RANGE", "INDEX_OUT_OF_RANGE",
    ]
    private static let words = [
        "1", "9223372036854775807", "1.5e308", ".5", "'x'", "'", "\"a b\"", "a", "list", "NULL", "TRUE", "AND", "OR",
        "NOT", "IS", "IN", "LIKE", "(", ")", "[", "]", ",", "+", "-", "*", "/", "%", "^", "<<", ">>", "=", "<>", "Min(",
        "Array(", "Date(", "TimeSpan(", "Choose(", "If(", "/*", "//", "\n", " ", "é", "𝄞", "\0", "@",
    ]
    private static let variables: VariableCollection = [
        "a": 5, "a b": -1.5, "list": [1, "x", nil], "n": nil as Variant,
    ]

    /// Returns a string of random words, some of them damaged.
    private func text(_ random: SeededRandom, of words: [String], upTo count: Int) -> String {
        var text = ""
        for _ in 0..<random.next(in: 1..<count) { text += words[random.next(in: 0..<words.count)] }
        var bytes = Array(text.utf8)
        for _ in 0..<random.next(in: 0..<3) {
            let index = random.next(in: 0..<bytes.count)
            switch random.next(in: 0..<3) {
            case 0: bytes[index] = UInt8(truncatingIfNeeded: random.next())
            case 1 where bytes.count > 1: bytes.remove(at: index)
            default: bytes.insert(contentsOf: bytes[index...], at: index)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func randomExpressionsGiveResultsOrErrors() {
        let seed: UInt64 = 15_101
        print("hostile expressions: seed \(seed)")
        let random = SeededRandom(seed: seed)
        var results = 0
        for _ in HostileTexts.tries(5_000) {
            let text = text(random, of: Self.words, upTo: 12)
            do throws(ApplicationError) {
                let calculator = try ExpressionCalculator(text)
                // A parsed expression evaluates the same with both kinds of operations.
                var safe = calculator
                safe.variantOperations = TypeSafeVariantOperations()
                _ = try? safe.evaluate(Self.variables)
                _ = try calculator.evaluate(Self.variables)
                results += 1
            } catch {
                #expect(Self.codes.contains(error.code), "\(text): \(error.code)")
                let isPlaced = error.details["line"] != nil || error.code == "INTERNAL"
                #expect(isPlaced, "\(text): \(error.message)")
            }
        }
        #expect(results > 20)
    }

    @Test func expressionsMadeByRuleAreAllUnderstood() throws {
        let seed: UInt64 = 15_102
        print("expressions by rule: seed \(seed)")
        let random = SeededRandom(seed: seed)
        func expression(_ depth: Int) -> String {
            if depth == 0 { return ["1", "2.5", "a", "'x'", "TRUE", "list[0]"][random.next(in: 0..<6)] }
            let left = expression(depth - 1)
            switch random.next(in: 0..<6) {
            case 0: return "(\(left))"
            case 1: return "-(\(left))"
            case 2: return "(NOT \(left))"
            case 3: return "Array(\(left), \(expression(depth - 1)))"
            default:
                let operators = ["+", "-", "*", "/", "%", "^", "=", "<>", "<", ">=", "AND", "OR", "XOR", "IN", "<<"]
                return "(\(left) \(operators[random.next(in: 0..<15)]) \(expression(depth - 1)))"
            }
        }
        for _ in HostileTexts.tries(1_000) {
            let text = expression(random.next(in: 0..<6))
            let calculator = try ExpressionCalculator(text)
            let first = Result { () throws(ApplicationError) in try calculator.evaluate(Self.variables) }
            let again = Result { () throws(ApplicationError) in try calculator.evaluate(Self.variables) }
            switch (first, again) {
            case (.success(let first), .success(let again)): #expect("\(first)" == "\(again)", "\(text)")
            case (.failure(let first), .failure(let again)): #expect(first.message == again.message, "\(text)")
            default: Issue.record("\(text) gave different results")
            }
        }
    }

    @Test(arguments: ["(", "[", "a[", "Min(", "-(", "NOT (", "1 AND 1 = 1 + 1 * 1 ^ ("])
    func nestingIsBounded(_ opening: String) throws {
        let deep = String(repeating: opening, count: 5_000)
        #expect(throws: ApplicationError.self) { try ExpressionCalculator(deep + "1") }
        // The maximum nesting, in the form that uses the most stack.
        guard opening.hasPrefix("1 AND") else { return }
        let allowed = String(repeating: opening, count: 100) + "1" + String(repeating: ")", count: 100)
        let value = try ExpressionCalculator(allowed).evaluate()
        #expect(!value.isNull)
    }

    @Test func randomTextGivesTokensThatAreThatText() throws {
        let seed: UInt64 = 15_103
        print("hostile tokens: seed \(seed)")
        let random = SeededRandom(seed: seed)
        let tokenizers: [any Tokenizer] = [
            GenericTokenizer(), ExpressionTokenizer(), CSVTokenizer(), MustacheTokenizer(options: TokenizerOptions()),
        ]
        let words = Self.words + ["{{", "}}", "{{{", "}}}", "#", "\r\n", "\n\r", "\"", ";", "-", "."]
        for _ in HostileTexts.tries(5_000) {
            let text = text(random, of: words, upTo: 12)
            for tokenizer in tokenizers {
                // Nothing is lost or added.
                #expect(
                    tokenizer.tokenizeToStrings(text).joined().utf8.elementsEqual(text.utf8), "\(tokenizer) \(text)")
            }
        }
    }

    @Test func anyTableComesBackFromCSV() throws {
        let seed: UInt64 = 15_104
        print("tables: seed \(seed)")
        let random = SeededRandom(seed: seed)
        var options = TokenizerOptions()
        options.decodeStrings = true
        options.skipEof = true
        let tokenizer = CSVTokenizer(options: options)
        let quote = CSVQuoteState()
        for _ in HostileTexts.tries(500) {
            let values = (0..<random.next(in: 1..<6)).map { _ in text(random, of: Self.words + ["\"", ","], upTo: 4) }
            let line = values.map { quote.encodeString($0, quote: "\"") }.joined(separator: ",")
            let read = tokenizer.tokenize(line).filter { $0.type == .quoted }.map(\.value)
            #expect(read == values)
        }
    }

    @Test func randomTemplatesGiveTextOrErrors() {
        let seed: UInt64 = 15_105
        print("hostile templates: seed \(seed)")
        let random = SeededRandom(seed: seed)
        let words = [
            "{{", "}}", "{{{", "}}}", "{{A}}", "{{{B}}}", "{{#A}}", "{{/A}}", "{{#if B}}", "{{/if}}", "{{^N}}", "{{/}}",
            "{{#unless A}}", "{{! x }}", "{{>p}}", "{{\"A\"!}}", "{{\"", "\"", "#", "^", "/", "!", "x", " ", "\n", "é",
            "{", "}", "\0",
        ]
        var results = 0
        for _ in HostileTexts.tries(5_000) {
            let text = text(random, of: words, upTo: 10)
            do throws(ApplicationError) {
                _ = try MustacheTemplate(text).evaluate(["a": "1", "b": "\"", "n": nil])
                results += 1
            } catch {
                let codes = [
                    "INTERNAL", "UNEXPECTED_END", "UNEXPECTED_SYMBOL", "MISTMATCHED_BRACKETS", "NOT_CLOSED_SECTION",
                    "UNEXPECTED_SECTION_END", "TOO_DEEP",
                ]
                #expect(codes.contains(error.code), "\(text): \(error.code)")
                #expect(error.details["column"] != nil)
            }
        }
        #expect(results > 20)
        let deep = String(repeating: "{{#A}}", count: 100_000)
        #expect(throws: ApplicationError.self) { try MustacheTemplate(deep) }
    }

    @Test(arguments: [
        "1+", "a*", "(1)+", "'x'+", "Min(1,2)-", "list[0]+", "/**/1+", "-1+", "\n1+", "\"q\"\"\"+", "é", "@", "(", "'",
        "/*",
        "1e", "1.", "-", "\"", "<", "NOT ", "IS ", "[", ",",
    ])
    func longExpressionsTakeLinearTime(_ part: String) {
        // Quadratic time would take minutes. The benchmark goes up to 10 MB.
        let text = String(repeating: part, count: 50_000 / part.utf8.count) + "1"
        do throws(ApplicationError) {
            _ = try ExpressionCalculator(text).evaluate(Self.variables)
        } catch {
            #expect(Self.codes.contains(error.code))
        }
    }

    @Test(arguments: ["{{A}}", "{{", "{{A", "{{#A}}{{/A}}", "{{!", "{{! x", "{", "}", "\n{{A}}", "{{{A}}}", "é", " "])
    func longTemplatesTakeLinearTime(_ part: String) {
        let text = String(repeating: part, count: 50_000 / part.utf8.count)
        _ = try? MustacheTemplate(text).evaluate(["a": "1"])
        #expect(MustacheTokenizer().tokenizeToStrings(text).count <= text.utf8.count)
    }

    @Test(arguments: ["a,", "\"a\",", "\"\"", "\"", "\n", "\r", "\r\n", "\n\r", "\"a\"\"", ",", "é"])
    func longTablesTakeLinearTime(_ part: String) {
        let text = String(repeating: part, count: 50_000 / part.utf8.count)
        #expect(CSVTokenizer().tokenizeToStrings(text).joined().utf8.elementsEqual(text.utf8))
    }
}
