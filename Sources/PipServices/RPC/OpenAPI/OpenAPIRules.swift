/// Translates validation rules to OpenAPI 3.0. Rules without an equivalent are described in words.
enum OpenAPIRules {
    /// The translation of a rule.
    private struct Translation {
        var content = AnyValueMap()
        /// True if it is equivalent to the rule, so that it can be negated.
        var isExact = false
        /// A description of the rule, if the content does not express all of it.
        var words: String?
    }

    /// Adds validation rules to a schema.
    static func constrain(_ schema: inout AnyValueMap, by rules: [any ValidationRule]) {
        guard !rules.isEmpty else { return }
        let translation = translate(all: rules)
        add(translation.content, to: &schema)
        if let words = translation.words { describe(&schema, words) }
    }

    /// Appends a sentence to the description of a schema.
    static func describe(_ schema: inout AnyValueMap, _ words: String) {
        let text = [schema["description"]?.string, words].compactMap { $0 }.joined(separator: "; ")
        add(["description": .string(text)], to: &schema)
    }

    // MARK: - Internal

    private static func translate(all rules: [any ValidationRule]) -> Translation {
        var all = Translation(isExact: true)
        var words: [String] = []
        for rule in rules {
            let part = translate(rule)
            add(part.content, to: &all.content)
            all.isExact = all.isExact && part.isExact
            if let text = part.words { words.append(text) }
        }
        all.words = words.isEmpty ? nil : words.joined(separator: "; ")
        return all
    }

    private static func translate(_ rule: any ValidationRule) -> Translation {
        switch rule {
        case let rule as IncludedRule:
            // An empty list of values is invalid in OpenAPI; no value is valid.
            Translation(content: rule.values.isEmpty ? ["not": [:]] : ["enum": .array(rule.values)], isExact: true)
        case let rule as ExcludedRule:
            Translation(
                content: rule.values.isEmpty ? [:] : ["not": ["enum": .array(rule.values)]], isExact: true)
        case let rule as ValueComparisonRule: comparison(rule)
        case let rule as AndRule: translate(all: rule.rules)
        case let rule as OrRule: any(of: rule.rules)
        case let rule as NotRule: not(rule.rule)
        case let rule as AtLeastOneExistsRule: one(of: rule.properties, "anyOf")
        case let rule as OnlyOneExistsRule: one(of: rule.properties, "oneOf")
        case let rule as PropertiesComparisonRule:
            Translation(words: "\(rule.property1) must be \(rule.operation) \(rule.property2)")
        case let rule as FieldValidationRule:
            Translation(
                content: rule.keywords, isExact: !rule.keywords.isEmpty,
                words: rule.keywords.isEmpty ? [rule.name, rule.words].compactMap { $0 }.joined(separator: " ") : nil)
        case let rule as DecodingRule: Translation(words: rule.note)
        default: Translation()
        }
    }

    private static func comparison(_ rule: ValueComparisonRule) -> Translation {
        let operation = rule.operation.asciiUppercased
        let number: AnyValue? =
            switch rule.value {
            case .integer, .decimal: rule.value
            case .double(let value) where value.isFinite: rule.value
            default: nil
            }
        switch (operation, number) {
        // Values of other types may be equal after conversion to numbers or strings.
        case ("=", _), ("==", _), ("EQ", _): return Translation(content: ["enum": [rule.value]])
        case ("!=", _), ("<>", _), ("NE", _): return Translation(content: ["not": ["enum": [rule.value]]])
        case ("<", let number?), ("LT", let number?):
            return Translation(content: ["maximum": number, "exclusiveMaximum": true])
        case ("<=", let number?), ("LE", let number?), ("LTE", let number?):
            return Translation(content: ["maximum": number])
        case (">", let number?), ("GT", let number?):
            return Translation(content: ["minimum": number, "exclusiveMinimum": true])
        case (">=", let number?), ("GE", let number?), ("GTE", let number?):
            return Translation(content: ["minimum": number])
        case (let name, _) where name.isSame(as: "LIKE"):
            if let pattern = rule.value.string, TextPattern(pattern) != nil {
                return Translation(content: ["pattern": .string(pattern)])
            }
            return Translation(words: "must be like \(rule.value)")
        default: return Translation(words: "must be \(rule.operation) \(rule.value)")
        }
    }

    private static func any(of rules: [any ValidationRule]) -> Translation {
        let parts = rules.map(translate)
        // An unconstrained alternative accepts everything.
        guard !parts.isEmpty, parts.allSatisfy({ !$0.content.isEmpty }) else {
            let words = parts.compactMap(\.words)
            return Translation(words: words.isEmpty ? nil : words.joined(separator: ", or "))
        }
        let content = parts.map { part in
            var content = part.content
            content.put("description", text: part.words)
            return AnyValue.map(content)
        }
        return Translation(content: ["anyOf": .array(content)], isExact: parts.allSatisfy(\.isExact))
    }

    private static func not(_ rule: any ValidationRule) -> Translation {
        let part = translate(rule)
        guard part.isExact else { return Translation(words: part.words.map { "not: \($0)" }) }
        return Translation(content: ["not": .map(part.content)], isExact: true)
    }

    private static func one(of properties: [String], _ keyword: String) -> Translation {
        guard !properties.isEmpty else { return Translation(content: ["not": [:]], isExact: true) }
        let choices = properties.map { AnyValue.map(["required": [.string($0)]]) }
        return Translation(content: [keyword: .array(choices)])
    }

    /// Adds keywords. If the schema has one of them already or is a reference, they go into an additional schema.
    private static func add(_ content: AnyValueMap, to schema: inout AnyValueMap) {
        guard !content.isEmpty else { return }
        if schema["$ref"] != nil { schema = ["allOf": [.map(schema)]] }
        if content["description"] != nil || !content.keys.contains(where: schema.contains) {
            schema.append(content)
        } else {
            schema["allOf"] = .array((schema["allOf"]?.array ?? []) + [.map(content)])
        }
    }
}
