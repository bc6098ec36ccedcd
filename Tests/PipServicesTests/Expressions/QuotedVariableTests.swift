import Testing

@testable import PipServices

/// Variables whose value must reach a setting unchanged.
@Suite struct QuotedVariableTests {
    private static let texts = [
        "my #1.json", "0123", "1e5", "1.10", "a: b", "[::1]", "::", "~", "'", "\"", "\\", "a\nb", "\u{85}", "\u{2028}",
        "\u{1}",
        " x ", "é", "{{X}}", "- a", "!x", "%", "true",
    ]

    @Test("A quoted variable is read unchanged, in YAML and in JSON", arguments: texts)
    func quotedText(text: String) throws {
        let yaml = try ConfigText.read(
            "a: {{\"NAME\"}}", format: .yaml, file: nil, parameters: ["NAME": .string(text)])
        #expect(yaml.value == ["a": .string(text)])
        let json = try ConfigText.read(
            #"{"a": {{ "NAME" }} }"#, format: .json, file: nil, parameters: ["NAME": .string(text)])
        #expect(json.value == ["a": .string(text)])
    }

    @Test("A quoted variable without a value renders as nothing, so that a default can follow it")
    func quotedDefault() throws {
        let template = try MustacheTemplate("{{\"A\"}}{{#unless A}}b{{/unless}}")
        #expect(try template.evaluate() == "b")
        #expect(try template.evaluate(["A": "c"]) == "\"c\"")
        #expect(throws: ApplicationError.self) { try MustacheTemplate("{{\"A\"!}}").evaluate() }
    }

    @Test("An unbalanced quotation mark is an error", arguments: [#"{{"A}}"#, #"{{A"}}"#, #"{{#"A"}}{{/}}"#])
    func unmatchedQuotes(template: String) {
        #expect(throws: ApplicationError.self) { try MustacheTemplate(template) }
    }

    @Test(
        "A template that ends inside a tag is an error",
        arguments: [#"{{"A"!}}"#, #"{{ "A" }}"#, "{{{A}}}", "{{#if A}}", "{{/if}}", "{{^A}}", "{{! a }}", "{{A!}}"])
    func cutOff(template: String) {
        for count in 2..<template.count - 1 where !template.prefix(count).hasSuffix("}") {
            let error = #expect(throws: ApplicationError.self) { try MustacheTemplate(String(template.prefix(count))) }
            #expect(error?.code == "UNEXPECTED_END", "\(template.prefix(count))")
        }
    }

    @Test("The error for a tag followed by a brace suggests a space") func braceBehindATag() throws {
        let error = #expect(throws: ApplicationError.self) { try MustacheTemplate("{port: {{P}}}") }
        #expect(error?.message.contains("needs a space before it: '}} }'") == true)
        #expect(try MustacheTemplate("{port: {{P}} }").evaluate(["P": "1"]) == "{port: 1 }")
    }

    @Test(
        "A variable whose value YAML interprets differently is found",
        arguments: [
            ("my #1.json", true), ("0123", true), ("1e5", true), ("1.10", true), ("[a]", true), ("~", true),
            (" x", true), ("8080", false), ("a b", false), ("true", false), ("0", false), ("{{X}}", false),
        ])
    func misreadText(text: String, isFound: Bool) throws {
        func found(_ yaml: String) throws -> [String] {
            let parameters: AnyValueMap = ["PATH": .string(text), "OTHER": "plain"]
            guard let document = try? ConfigText.read(yaml, format: .yaml, file: nil, parameters: parameters) else {
                return ["unreadable"]
            }
            return ConfigText.misread(yaml, parameters: parameters, document).map { "\($0.name) \($0.path)" }
        }
        // Braces turn it into a map.
        guard text != "{{X}}" else {
            #expect(try found("- a: {{\"PATH\"}}") == [])
            return
        }
        #expect(try found("- a: {{OTHER}}\n  path: {{PATH}}") == (isFound ? ["PATH 0.path"] : []))
        #expect(try found("- path: {{\"PATH\"}}") == [])
        #expect(try found("- path: \"{{{PATH}}}\"") == [])
        #expect(try found("- a: {{OTHER}}\n{{#if PATH}}# {{PATH}}{{/if}}") == [])
    }
}
