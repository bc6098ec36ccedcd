import PipServices

enum DescriptorVectors {
    static let operations: VectorOperation.Table = [
        "fromString": .init { input in
            // No text is no descriptor: in Swift a caller with an optional text says so before parsing.
            if input.value.isNull || input.value == "" { return .null }
            let descriptor = try Descriptor(parsing: input.text)
            return [
                "group": VectorValue.text(descriptor.group), "type": VectorValue.text(descriptor.type),
                "kind": VectorValue.text(descriptor.kind), "name": VectorValue.text(descriptor.name),
                "version": VectorValue.text(descriptor.version),
            ]
        },
        "toString": .init { .string(try Descriptor(parsing: $0.text).description) },
        "isComplete": .init { .bool(try Descriptor(parsing: $0.text).isComplete) },
        "match": .init { .bool(try pair($0).0.match(pair($0).1)) },
        "exactMatch": .init { .bool(try pair($0).0.exactMatch(pair($0).1)) },
        // The toolkit's `equals` takes wildcards, so it is `match`; Swift's `==` has to be transitive.
        "equals": .init { .bool(try pair($0).0.match(pair($0).1)) },
        "construct": .init { input in
            let parts = try VectorInput.list(input.value).map { $0.string }
            guard parts.count == 5 else { throw VectorInput.Unclear(what: "\(input.value)") }
            return .string(Descriptor(parts[0], parts[1], parts[2], parts[3], parts[4]).description)
        },
    ]

    private static func pair(_ input: VectorInput) throws -> (Descriptor, Descriptor) {
        (try Descriptor(parsing: input.text("a")), try Descriptor(parsing: input.text("b")))
    }
}
