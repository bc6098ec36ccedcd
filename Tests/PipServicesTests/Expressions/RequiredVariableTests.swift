import Testing

@testable import PipServices

@Suite struct RequiredVariableTests {
    @Test(
        "A required variable is rendered like any other",
        arguments: ["{{NAME!}}", "{{ NAME! }}", "{{NAME !}}", "{{{NAME!}}}", "{{name!}}"])
    func isRendered(template: String) throws {
        #expect(try MustacheTemplate(template).evaluate(["NAME": "x"]) == "x")
    }

    @Test(
        "A required variable without a value is an error",
        arguments: [[:], ["NAME": ""], ["NAME": .null], ["NAME": false], ["OTHER": "x"]] as [AnyValueMap])
    func isRequired(variables: AnyValueMap) throws {
        let template = try MustacheTemplate("a: 1\nb: {{NAME!}}")
        let error = #expect(throws: ApplicationError.self) { try template.evaluate(variables) }
        #expect(error?.code == "MISSING_VARIABLE")
        #expect(error?.details["line"] == 2)
    }

    @Test("A required variable may be missing in a section that is not rendered") func sectionsDecide() throws {
        let template = try MustacheTemplate("{{#ON}}{{NAME!}}{{/ON}}{{^ON}}off{{/ON}}")
        #expect(try template.evaluate([:]) == "off")
        #expect(throws: ApplicationError.self) { try template.evaluate(["ON": "1"]) }
        #expect(template.unset([:]).isEmpty)
    }

    @Test(
        "An exclamation mark elsewhere is an error or a comment",
        arguments: ["{{#NAME!}}{{/NAME}}", "{{NAME!!}}", "{{NAME! x}}", "{{^NAME!}}{{/}}"])
    func onlyVariablesAreRequired(template: String) {
        #expect(throws: ApplicationError.self) { try MustacheTemplate(template) }
    }

    @Test("The error of a configuration contains the variable and its line") func configurationsFail() {
        let error = #expect(throws: ApplicationError.self) {
            try ConfigText.read("- a: 1\n  audience: {{JWT_AUD!}}", format: .yaml, file: "a.yml", parameters: [:])
        }
        #expect(error?.code == "READ_FAILED")
        #expect(
            error?.message == "Cannot read a.yml: line 2: the variable 'JWT_AUD' is required and has no value")
    }
}
