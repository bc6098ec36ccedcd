import PipServices

enum ReflectVectors {
    static let operations: VectorOperation.Table = [reading, writing, types].reduce(into: [:]) { $0.merge($1) { $1 } }

    private static let reading: VectorOperation.Table = [
        "getProperties": .init { .map(RecursiveObjectReader.getProperties($0.value)) },
        "getPropertyNames": .init { VectorValue.texts(RecursiveObjectReader.getPropertyNames($0.value)) },
        "getProperty": .init { input in
            try input.optionalText("path").flatMap { RecursiveObjectReader.getProperty(input["object"], $0) } ?? .null
        },
        "hasProperty": .init { input in
            .bool(
                try input.optionalText("path").map { RecursiveObjectReader.hasProperty(input["object"], $0) } ?? false)
        },
        "objGetProperty": .init { input in
            try input.optionalText("name").flatMap { ObjectReader.getProperty(input["object"], $0) } ?? .null
        },
        "objHasProperty": .init { input in
            .bool(try input.optionalText("name").map { ObjectReader.hasProperty(input["object"], $0) } ?? false)
        },
        "objGetPropertyNames": .init { VectorValue.texts(ObjectReader.getPropertyNames($0.value)) },
    ]

    private static let writing: VectorOperation.Table = [
        "setProperty": .init { input in
            var object = input["object"]
            if let path = try input.optionalText("path") {
                try RecursiveObjectWriter.setProperty(&object, path, input["value"])
            }
            return object
        },
        "setProperties": .init { input in
            var object = input["object"]
            try RecursiveObjectWriter.setProperties(&object, input.map("values"))
            return object
        },
        "copyProperties": .init { input in
            var object = input["dest"]
            try RecursiveObjectWriter.copyProperties(&object, input["src"])
            return object
        },
        "objSetProperty": .init { input in
            var object = input["object"]
            if let name = try input.optionalText("name") {
                try ObjectWriter.setProperty(&object, name, input["value"])
            }
            return object
        },
    ]

    private static let types: VectorOperation.Table = [
        "matchValueTypeByName": .init { input in
            // No type is the schema type `any`.
            guard let type = try input.optionalText("type") else {
                return .bool(PropertySchema("", .any).validate(input["value"]).isEmpty)
            }
            return .bool(TypeMatcher.matchValue(type, input["value"]))
        },
        "matchType": .init { input in
            let expected = try ConvertVectors.typeCode(input.text("type"))
            return .bool(TypeMatcher.match(expected, try ConvertVectors.typeCode(input.text("code"))))
        },
        "typeDescriptorFromString": .init { input in
            guard let type = try TypeDescriptor(parsing: input.text) else { return .null }
            return ["name": .string(type.name), "library": VectorValue.text(type.library)]
        },
        "typeDescriptorToString": .init {
            .string(TypeDescriptor(try $0.text("name"), library: try $0.optionalText("library")).description)
        },
        "typeDescriptorEquals": .init { input in
            guard let left = try TypeDescriptor(parsing: input.text("a")),
                let right = try TypeDescriptor(parsing: input.text("b"))
            else { return false }
            return .bool(left.equals(right))
        },
    ]
}
