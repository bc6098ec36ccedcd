import Foundation
import Testing

/// External strings are compared, searched and split by code points, with the helpers of `ScalarText.swift`. `String`
/// works by `Character`: a composed and a decomposed `é` are equal, and a combining mark hides the separator before it.
@Suite struct CodePointTests {
    /// A construct that works by `Character`, as it appears in code without quoted strings, with its replacement.
    private struct Form {
        let code: String
        let helper: String

        init(_ code: String, _ helper: String) { (self.code, self.helper) = (code, helper) }
    }

    private static let forms: [Form] = callForms + propertyForms

    private static let callForms: [Form] = [
        Form(".hasPrefix(", "begins(with:) or dropping(prefix:)"), Form(".hasSuffix(", "ends(with:)"),
        Form(".starts(with: \"\")", "begins(with:)"), Form(".trimmingPrefix(", "dropping(prefix:)"),
        Form(".lowercased()", "asciiLowercased, isSame(ignoringCase:) or ScalarText(folding:)"),
        Form(".uppercased()", "asciiUppercased or isSame(ignoringCase:)"),
        Form(".caseInsensitiveCompare(", "isSame(ignoringCase:)"),
        Form(".split(separator: \"\"", "parts(separatedBy:)"), Form(".split(maxSplits:", "parts(separatedBy:)"),
        Form(".split(whereSeparator:", "parts(separatedBy:) or lines"), Form(".split(omitting", "lines"),
        Form(".components(separatedBy:", "parts(separatedBy:)"), Form(".trimmingCharacters(", "trimmed"),
        Form(".replacing(\"\"", "replacing(text:with:)"),
        Form(".replacingOccurrences(", "replacing(text:with:)"), Form(".firstRange(of: \"\")", "utf8.firstRange(of:)"),
        Form(".ranges(of: \"\")", "parts(separatedBy:)"), Form(".range(of: \"\"", "utf8.firstRange(of:)"),
        Form(".contains(\"\")", "contains(scalar:), contains(text:) or contains(sameAs:)"),
        Form(".firstIndex(of: \"\")", "divided(atFirst:)"), Form(".lastIndex(of: \"\")", "divided(atLast:)"),
        Form("[String: ", "a dictionary with the key ScalarText, or StringValueMap"),
        Form("Dictionary<String,", "a dictionary with the key ScalarText"), Form("Set<String>", "Set<ScalarText>"),
        Form("[Character]", "Unicode.Scalar"), Form(": Character", "Unicode.Scalar"),
        Form("Character(", "Unicode.Scalar"),
    ]

    private static let propertyForms: [Form] = [
        "Whitespace", "Newline", "Letter", "Number", "Punctuation", "Uppercase", "Lowercase",
    ].flatMap { (name: String) -> [Form] in
        ["$0.is\(name)", "\\.is\(name)"].map { Form($0, "the properties of Unicode.Scalar") }
    }

    /// The places where a construct is allowed, with the reasons.
    private static let allowed: [String: [String: String]] = [
        "Commons/Text/NearestName.swift": [
            ".lowercased()": "a hint for people", "[Character]": "how people see the distance of two names",
        ],
        "Commons/JSON/AnyValueDecoder.swift": ["[String: ": "the name of a type"],
        "Commons/Random/RandomString.swift": [
            ".uppercased()": "made by the toolkit", "[Character]": "made by the toolkit",
        ],
        "Commons/Random/RandomText.swift": [".uppercased()": "made by the toolkit"],
        "Commons/Reflect/PropertyReflector.swift": ["[String: ": "the names of Swift properties"],
        "Commons/Validate/SchemaDerivation.swift": [
            ".lowercased()": "samples for a decoder", ".uppercased()": "samples for a decoder",
        ],
        "Commons/Validate/ValidationResult.swift": ["[String: ": "the name of a type"],
        "Commons/Values/ScalarText.swift": [".lowercased()": "ScalarText(folding:) itself, for ASCII"],
        "Components/Auth/SecretText.swift": [".lowercased()": "masks what looks like the name of a secret, too"],
        "Container/ComponentConfig.swift": ["[String: ": "lines for messages, in a public property"],
        "Data/Filter/Filter.swift": ["[String: ": "paths of fields, which the program gives"],
        "Data/Filter/FilterProgram.swift": [".lowercased()": "then compares bytes, as databases ignore case"],
        "Data/Filter/FilterRule.swift": [".hasPrefix(": "the condition of a field"],
        "Drivers/GRPC/Generated/commandable.pb.swift": ["Dictionary<String,": "a map of a message, generated"],
        "Drivers/GRPC/Generated/health.pb.swift": ["Dictionary<String,": "a map of a message, generated"],
        "Expressions/Calculator/ExpressionWordState.swift": ["Set<String>": "a public list of the keywords"],
        "Expressions/Tokenizers/TokenizerStates.swift": ["Set<String>": "signs, which the program gives"],
        "RPC/Routing/RestRequest.swift": ["[String: ": "names of a route's parameters, which the program gives"],
        "RPC/Routing/RestRouter.swift": ["[String: ": "names of a route's parameters, which the program gives"],
    ]

    @Test("No external string is compared, searched or split by Character") func codePointsAreUsed() throws {
        var unused = Self.allowed
        for file in try SourceTree.module() {
            for (form, line) in Self.found(in: file) {
                guard Self.allowed[file.path]?[form.code] == nil else {
                    unused[file.path]?[form.code] = nil
                    continue
                }
                Issue.record("\(file.path): '\(line)' goes by Character; use \(form.helper)")
            }
        }
        for (path, forms) in unused {
            for form in forms.keys { Issue.record("\(path) no longer has '\(form)': remove it from the list") }
        }
    }

    @Test("A literal that another string can equal is compared by code points") func literalsAreExact() throws {
        for file in try SourceTree.module() where Self.allowedLiterals[file.path] == nil {
            for literal in Self.comparedLiterals(file.text) {
                let isExact = literal.unicodeScalars.allSatisfy { $0.isASCII && !"K;`".unicodeScalars.contains($0) }
                #expect(isExact, "\(file.path): compare '\(literal)' by isSame(as:) or as a ScalarText")
            }
        }
    }

    /// The places where a literal with a look-alike is not a `String`.
    private static let allowedLiterals = [
        "Commons/Validate/ObjectComparator.swift": "a ScalarText"
    ]

    @Test("Every construct that works by Character is found") func formsAreFound() {
        for code in [
            "if name.hasPrefix(\"a\") {", "text.hasSuffix(other)", "a.lowercased() == b",
            "text.split(separator: \",\")",
            "text.replacing(\"a\", with: \"b\")", "text.contains(\":\")", "var names: Set<String> = []",
            "let ids: [String: Int]", "text.drop(while: \\.isWhitespace)", "text.allSatisfy { $0.isNumber }",
            "text.firstIndex(of: \"e\")", "func f(_ letter: Character)",
        ] {
            #expect(!Self.found(in: SourceFile(path: "A.swift", text: code)).isEmpty, "\(code)")
        }
        for code in [
            "// text.hasPrefix(x)", "text.unicodeScalars.contains(\":\")",
            "lines.split(separator: UInt8(ascii: \",\"))",
            "let a = \".hasPrefix(\"", "text.unicodeScalars.allSatisfy { $0.properties.isWhitespace }",
            "states.setCharacterState(range, word)", "let names: Set<ScalarText> = []",
        ] {
            #expect(Self.found(in: SourceFile(path: "A.swift", text: code)).isEmpty, "\(code)")
        }
        #expect(Self.comparedLiterals("if a == \"LIKE\" || b != \"xy\" {") == ["LIKE", "xy"])
        #expect(Self.comparedLiterals("case \"ab\", \"b;c\": // == \"KK\"") == ["ab", "b;c"])
        #expect(Self.comparedLiterals("case \";\": 1").isEmpty, "a scalar, as a rule")
    }

    // MARK: - Internal

    /// Returns the constructs in a file with their lines. Few files contain any, and only those are split into lines.
    private static func found(in file: SourceFile) -> [(form: Form, line: String)] {
        forms.filter { file.code.contains($0.code) }.flatMap { form in
            file.code.split(separator: "\n").filter { line in
                line.contains(form.code) && !line.contains("unicodeScalars") && !isName(form, line)
            }.map { (form: form, line: $0.trimmingCharacters(in: .whitespaces)) }
        }
    }

    /// Returns true if the match is only the end of a longer name, such as `setCharacter(`.
    private static func isName(_ form: Form, _ line: Substring) -> Bool {
        guard form.code.first?.isLetter == true, let range = line.range(of: form.code) else { return false }
        return line[..<range.lowerBound].last.map { $0.isLetter || $0.isNumber } ?? false
    }

    /// Returns the literals of more than one letter after `==`, `!=` or `case` in a line.
    private static func comparedLiterals(_ text: String) -> [String] {
        ["== \"", "!= \"", "case \""].allSatisfy({ !text.contains($0) })
            ? [] : text.split(separator: "\n").flatMap { literals(in: $0) }
    }

    private static func literals(in line: Substring) -> [String] {
        let code = line.range(of: "//").map { line[..<$0.lowerBound] } ?? line
        let trimmed = code.drop { $0 == " " }
        let parts = code.split(separator: "\"", omittingEmptySubsequences: false)
        return parts.indices.filter { index in
            guard !index.isMultiple(of: 2), index + 1 < parts.count, parts[index].count > 1 else { return false }
            let before = parts[index - 1]
            return before.hasSuffix("== ") || before.hasSuffix("!= ")
                || trimmed.hasPrefix("case \"") && (index == 1 || before == ", ")
        }.map { String(parts[$0]) }
    }
}
