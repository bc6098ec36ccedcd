import PipServices

enum ReferenceVectors {
    static let operations: VectorOperation.Table = [
        "find": .init { input in
            texts(try references(input).find(locator(input), required: try input.bool("required")))
        },
        // A locator is never nil in Swift. What a caller with an optional one gets is nothing, or an error.
        "getOneOptional": .init { input in
            let references = try references(input)
            return VectorValue.text(try optionalLocator(input["locator"]).flatMap { references.getOneOptional($0) })
        },
        "getOneRequired": .init { .string(try references($0).getOneRequired(locator($0), as: String.self)) },
        "getOptional": .init { input in
            let references = try references(input)
            return texts(try optionalLocator(input["locator"]).map { references.getOptional($0) } ?? [])
        },
        "getRequired": .init { texts(try references($0).getRequired(locator($0))) },
        "remove": .init { input in
            let references = try references(input)
            let removed = try optionalLocator(input["locator"]).flatMap { references.remove($0) } as? String
            return ["removed": VectorValue.text(removed), "left": texts(references.all)]
        },
        "removeAll": .init { input in
            let references = try references(input)
            let removed = try optionalLocator(input["locator"]).map { references.removeAll($0) } ?? []
            return ["removed": texts(removed), "left": texts(references.all)]
        },
        "getAll": .init { texts(try references($0).all) },
        "getAllLocators": .init { VectorValue.texts(try references($0).allLocators.map(\.description)) },
        "fromTuples": .init { input in
            let pairs = try VectorInput.pairs(input.value).map { (Locator($0.0), $0.1.description) }
            return texts(References(pairs).all)
        },
        "dependency": .init { try dependency($0) },
        "referenceError": .init { input in
            let error = ApplicationError.missingReference(try locator(input))
            return [
                "code": .string(error.code), "category": .string(error.category.rawValue),
                "status": VectorValue.integer(error.status), "details": .map(error.details),
            ]
        },
    ]

    private static func dependency(_ input: VectorInput) throws -> AnyValue {
        var resolver = DependencyResolver()
        for (name, locator) in try input.map("defaults") {
            if let locator = try optionalLocator(locator) { resolver.put(name, locator) }
        }
        resolver.configure(ConfigParams(.map(try input.map("config"))))
        resolver.setReferences(try references(input))
        let name = try input.text("name")
        switch try input.text("op") {
        case "getOneRequired": return .string(try resolver.getOneRequired(name))
        case "getRequired": return texts(try resolver.getRequired(name, as: String.self))
        // The recorded editions have null for a name that is not known, Swift nothing in either case.
        case _ where resolver.locator(name) == nil: return .null
        case "getOneOptional": return VectorValue.text(resolver.getOneOptional(name))
        case "getOptional": return texts(resolver.getOptional(name, as: String.self))
        case let op: throw VectorInput.Unclear(what: op)
        }
    }

    private static func references(_ input: VectorInput) throws -> References {
        let references = References()
        for pair in try input.list("put") {
            guard let locator = try optionalLocator(pair[0] ?? .null) else { throw VectorInput.Missing() }
            references.put(locator, try VectorInput.text(pair[1] ?? .null))
        }
        return references
    }

    private static func locator(_ input: VectorInput) throws -> Locator {
        guard let locator = try optionalLocator(input["locator"]) else { throw VectorInput.Missing() }
        return locator
    }

    /// A descriptor, or a plain name written `{"$raw": …}`.
    private static func optionalLocator(_ value: AnyValue) throws -> Locator? {
        if value.isNull { return nil }
        if let name = value["$raw"]?.string { return .name(name) }
        return .descriptor(try Descriptor(parsing: VectorInput.text(value)))
    }

    private static func texts(_ components: [any Sendable]) -> AnyValue {
        .array(components.map { .string($0 as? String ?? "\($0)") })
    }
}
