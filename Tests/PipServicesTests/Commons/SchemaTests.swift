import PipServices
import Testing

/// Hand-written schemas.
@Suite struct SchemaTests {
    private func findings(_ schema: any Schema, _ value: AnyValue) -> [String] {
        schema.validate(value).map { "\($0.path) \($0.code)" }
    }

    @Test("A missing value is an error only if it is required") func requiredValues() {
        let schema = ObjectSchema().withRequiredProperty("a", .string).withOptionalProperty("b", .string)
        #expect(findings(schema, ["a": "x"]) == [])
        #expect(findings(schema, ["b": "x"]) == ["a VALUE_IS_NULL"])
        #expect(findings(schema, ["a": nil, "b": nil]) == ["a VALUE_IS_NULL"])
        #expect(findings(schema, nil) == [])
        #expect(findings(schema.makeRequired(), nil) == [" VALUE_IS_NULL"])
        #expect(findings(schema.makeRequired().makeOptional(), nil) == [])
        let ruled = schema.makeRequired().withRule(OnlyOneExistsRule("a", "b"))
        #expect(findings(ruled, nil) == [" VALUE_IS_NULL"])
        #expect(findings(ruled, ["a": "x", "b": "y"]) == [" VALUE_ONLY_ONE"])
    }

    @Test("An unexpected property is an error only in strict validation") func strictValidation() {
        let schema = ObjectSchema().withOptionalProperty("a", .string)
        #expect(findings(schema, ["x": 1]) == ["x UNEXPECTED_PROPERTY"])
        #expect(findings(schema.allowUndefined(true), ["x": 1]) == [])
        #expect(findings(schema.allowUndefined(true).allowUndefined(false), ["x": 1]) == ["x UNEXPECTED_PROPERTY"])
        #expect(schema.validateAndReturnError(["x": 1]) == nil)
        let error = schema.validateAndReturnError(traceId: "t", ["x": 1], strict: true)
        #expect(error?.code == "INVALID_DATA")
        #expect(error?.status == 400)
        #expect(error?.traceId == "t")
        #expect(error?.message == "Validation failed: value contains unexpected property x")
        #expect(error?.details["results"]?[0]?["type"] == 1)
        #expect(throws: ApplicationError.self) { try schema.validateAndThrow(["x": 1], strict: true) }
        #expect(throws: ApplicationError.self) { try schema.validateAndThrow(["a": 1]) }
        #expect(throws: Never.self) { try schema.validateAndThrow(["x": 1]) }
    }

    @Test("Messages of a failed validation leave out information") func composedMessages() {
        func result(_ type: ValidationResult.Kind, _ message: String) -> ValidationResult {
            ValidationResult(path: "", type: type, code: "C", message: message, expected: nil, actual: nil)
        }
        let results = [result(.information, "i"), result(.warning, "w"), result(.error, "e")]
        #expect(ValidationError.composeMessage(results) == "Validation failed: w, e")
        #expect(ValidationError.composeMessage([results[0]]) == "Validation failed")
        #expect(ValidationError.fromResults(traceId: nil, [results[0]], strict: true) == nil)
        #expect(ValidationError.fromResults(traceId: nil, [results[1]]) == nil)
        #expect(ValidationError.fromResults(traceId: nil, [results[1]], strict: true) != nil)
        #expect(ValidationError.fromResults(traceId: nil, [results[2]]) != nil)
    }

    @Test("The elements of lists and the names of maps are checked") func containers() {
        let list = ArraySchema(.long)
        #expect(findings(list, [1, 2]) == [])
        #expect(findings(list, [1, "x"]) == ["1 TYPE_MISMATCH"])
        #expect(findings(list, "x") == [" VALUE_ISNOT_ARRAY"])
        #expect(findings(list, nil) == [])
        let map = MapSchema(.dateTime, .long)
        #expect(findings(map, ["2020-01-01": 1]) == [])
        #expect(findings(map, ["x": "y"]) == ["x TYPE_MISMATCH", "x TYPE_MISMATCH"])
        #expect(findings(map, [1]) == [" VALUE_ISNOT_MAP"])
        #expect(findings(map, nil) == [])
        let nested = ObjectSchema().withOptionalProperty("list", .schema(list))
        #expect(findings(nested, ["list": [1, "x"]]) == ["list.1 TYPE_MISMATCH"])
        #expect(nested.validate(["list": 5]).map(\.message) == ["list type must be List or Array"])
    }

    @Test("The members of filters, pages, sorting and projections have their types") func queries() {
        #expect(findings(FilterParamsSchema(), ["a": 1]) == [])
        #expect(findings(FilterParamsSchema(), [1]) == [" VALUE_ISNOT_MAP"])
        #expect(findings(PagingParamsSchema(), ["skip": 1, "take": 2, "total": true]) == [])
        #expect(
            findings(PagingParamsSchema(), ["skip": "1", "take": "2", "total": 1]) == [
                "skip TYPE_MISMATCH", "take TYPE_MISMATCH", "total TYPE_MISMATCH",
            ])
        #expect(findings(TokenizedPagingParamsSchema(), ["token": "t", "take": 2, "total": true]) == [])
        #expect(
            findings(TokenizedPagingParamsSchema(), ["token": 1, "take": "2", "total": 1]) == [
                "token TYPE_MISMATCH", "take TYPE_MISMATCH", "total TYPE_MISMATCH",
            ])
        #expect(findings(SortParamsSchema(), [["name": "a", "ascending": true], [:]]) == [])
        #expect(
            findings(SortParamsSchema(), [["name": 1, "ascending": "x"]]) == [
                "0.name TYPE_MISMATCH", "0.ascending TYPE_MISMATCH",
            ])
        #expect(findings(ProjectionParamsSchema(), ["a"]) == [])
        #expect(findings(ProjectionParamsSchema(), [1]) == ["0 TYPE_MISMATCH"])
    }

    @Test("The names of types stand for the types of values", arguments: TypeCode.allCases)
    func namesOfTypes(actual: TypeCode) {
        let numbers: Set<TypeCode> = [.integer, .long, .float, .double]
        let accepted: [(String, Set<TypeCode>)] = [
            ("int", [.integer, .long]), ("Integer", [.integer, .long]), ("long", [.integer, .long]), ("float", numbers),
            ("double", [.double, .float]), ("string", [.string]), ("bool", [.boolean]), ("Boolean", [.boolean]),
            ("timespan", numbers), ("duration", numbers), ("enum", [.integer, .long, .string]), ("map", [.map]),
            ("dict", [.map]), ("dictionary", [.map]), ("array", [.array]), ("list", [.array]), ("string[]", [.array]),
            ("date", [.dateTime]), ("DateTime", [.dateTime]), ("other", []), ("object", Set(TypeCode.allCases)),
        ]
        for (name, types) in accepted {
            #expect(TypeMatcher.match(name, actual) == types.contains(actual), "\(name)")
        }
        for expected in TypeCode.allCases {
            let isNumber = numbers.contains(expected) && numbers.contains(actual)
            #expect(TypeMatcher.match(expected, actual) == (isNumber || expected == actual), "\(expected)")
        }
    }

    @Test("A string that is a date is a date") func stringsAsDates() {
        #expect(TypeMatcher.matchValue(.dateTime, "2020-01-01") && !TypeMatcher.matchValue(.dateTime, "soon"))
        #expect(TypeMatcher.matchValue("Date", "2020-01-01") && !TypeMatcher.matchValue("Date", "soon"))
        #expect(TypeMatcher.matchValue("string", "2020-01-01") && !TypeMatcher.matchValue("long", "2020-01-01"))
    }
}
