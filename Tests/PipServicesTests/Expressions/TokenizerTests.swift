import PipServices
import PipServicesTesting
import Testing

@Suite struct TokenizerTests {
    @Test func tokensTellWhereTheyStand() {
        var options = TokenizerOptions()
        options.skipEof = true
        let tokens = GenericTokenizer(options: options).tokenize("ab 'c\nd'\r\n <= 1").filter { $0.type != .whitespace }
        #expect(tokens.map(\.value) == ["ab", "'c\nd'", "<=", "1"])
        #expect(tokens.map(\.line) == [1, 1, 3, 3])
        #expect(tokens.map(\.column) == [1, 4, 2, 5])
    }

    @Test func theScannerGoesBackToWhereItWas() {
        let seed: UInt64 = 15_001
        print("scanner: seed \(seed)")
        let random = SeededRandom(seed: seed)
        let alphabet: [Unicode.Scalar] = ["a", "\n", "\r", "é", "𝄞", " "]
        for _ in 0..<500 {
            let text = String(
                String.UnicodeScalarView((0..<random.next(in: 0..<12)).map { _ in alphabet[random.next(in: 0..<6)] }))
            var scanner = StringScanner(text)
            var places: [(Unicode.Scalar?, Int, Int)] = []
            repeat {
                places.append((scanner.peek, scanner.line, scanner.column))
            } while scanner.read() != nil
            for place in places.reversed() {
                #expect(scanner.peek == place.0 && scanner.line == place.1 && scanner.column == place.2, "\(text)")
                scanner.unread()
            }
            scanner.unreadMany(.max)
            #expect(scanner.line == 1 && scanner.column == 0)
        }
    }

    @Test func statesAndCharactersCanBeChanged() {
        var tokenizer = GenericTokenizer()
        tokenizer.options.skipEof = true
        tokenizer.states.setCharacterState("."..."/", tokenizer.states.word)
        tokenizer.states.setCharacterState("a"..."c", nil)
        tokenizer.states.setCharacterState(";"...";", CppCommentState())
        #expect(tokenizer.tokenize("ad").map(\.type) == [.unknown, .word])
        tokenizer.options.skipUnknown = true
        #expect(tokenizer.tokenizeToStrings("ad") == ["d"])
        tokenizer.states.clearCharacterStates()
        #expect(tokenizer.tokenize("x = 1").isEmpty)
    }

    @Test func signsAreReadAsLongAsPossible() {
        var symbols = GenericSymbolState(["=>", "=>>=", ""])
        symbols.add("=:", .keyword)
        var states = TokenizerStates(symbol: symbols)
        states.setCharacterState("\0"..."\u{10FFFF}", symbols)
        var scanner = StringScanner("=>>>==:a")
        var found: [Token] = []
        while scanner.peek != nil { found.append(symbols.nextToken(&scanner, states)) }
        #expect(found.map(\.value) == ["=>", ">", ">", "=", "=:", "a"])
        #expect(found[4].type == .keyword)
    }

    @Test func csvValuesComeOutOfTheirQuotes() throws {
        var options = TokenizerOptions()
        options.skipEof = true
        options.decodeStrings = true
        let tokenizer = try CSVTokenizer(fieldSeparators: [";", "\t"], quoteSymbols: ["\"", "'"], options: options)
        let values = tokenizer.tokenizeToStrings("a;\"b;\"\"c\"\"\"\t'it''s'\r\n日本")
        #expect(values == ["a", ";", "b;\"c\"", "\t", "it's", "\r\n", "日本"])
        let quote = CSVQuoteState()
        for text in ["", "\"", "\"\"", "a\"b", "a;b\n", "é\u{301}"] {
            #expect(quote.decodeString(quote.encodeString(text, quote: "\""), quote: "\"") == text)
        }
    }

    @Test(arguments: [
        ("\n", "\"", "INVALID_SEPARATOR"), ("\"", "\"", "INVALID_SEPARATOR"), (",", "\r", "INVALID_QUOTE"),
        ("\0", "'", "INVALID_SEPARATOR"),
    ])
    func csvRefusesSignsThatMeanSomethingElse(_ separator: String, _ quote: String, _ code: String) {
        do throws(ApplicationError) {
            _ = try CSVTokenizer(
                fieldSeparators: Array(separator.unicodeScalars), quoteSymbols: Array(quote.unicodeScalars))
            Issue.record("no error")
        } catch {
            #expect(error.code == code)
            #expect(error.message.contains("U+00"))
        }
    }

    @Test func templatesAreSplitIntoTextAndTags() {
        let tokens = MustacheTokenizer().tokenize("a {b} {{#if X}}'{{{y}}}'{{/if}} }}")
        #expect(
            tokens.map(\.value) == [
                "a {b} ", "{{", "#", "if", " ", "X", "}}", "'", "{{{", "y", "}}}", "'", "{{", "/", "if", "}}", " }}",
            ])
        #expect(tokens.map(\.type).filter { $0 == .special }.count == 4)
    }
}
