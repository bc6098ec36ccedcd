/// Finds the names in JSON of properties: a property is that of the field with which it changes, when the type is decoded
/// from made-up values, see ``SchemaProbe``.
enum SchemaFields {
    /// Fields are not looked for deeper inside each other.
    private static let maximumDepth = 8

    /// The name of a property; nil if it can't be found.
    static func name<Value: Decodable, Member: Equatable>(of property: KeyPath<Value, Member>) -> String? {
        let path = path(of: property, maximumDepth: 1) { $0[keyPath: property] != $1[keyPath: property] }
        return path?.first
    }

    /// The path of a property, or of one inside it; nil if it can't be found.
    /// - Parameters:
    ///   - differs: true if the property differs in two values.
    ///   - fits: true if the property of a value is what stands at the path in its encoded form. A computed property may
    ///     change with a field and be something else.
    static func path<Value: Decodable>(
        of property: PartialKeyPath<Value>, maximumDepth: Int = maximumDepth, differs: (Value, Value) -> Bool,
        fits: (Value, [String]) -> Bool = { _, _ in true }
    ) -> [String]? {
        var samples = SchemaSamples()
        return varied(&samples, maximumDepth, differs, fits)
            ?? named(components(of: property), as: Value.self, &samples, maximumDepth)
    }

    /// What follows the type in `\Order.place?.city`.
    static func components(of property: AnyKeyPath) -> [String] {
        "\(property)".parts(separatedBy: ".").dropFirst().map { part in
            String(part.unicodeScalars.prefix { $0 != "?" && $0 != "!" })
        }
    }

    // MARK: - Internal

    private static func varied<Value: Decodable>(
        _ samples: inout SchemaSamples, _ maximumDepth: Int, _ differs: (Value, Value) -> Bool,
        _ fits: (Value, [String]) -> Bool
    ) -> [String]? {
        var path: [String] = []
        var fields = samples.fields(of: Value.self)
        while path.count < maximumDepth, !fields.isEmpty {
            var found: [SchemaField] = []
            var isKnown = false
            for field in fields {
                guard let changes = changes(field, below: path, &samples, differs) else { continue }
                isKnown = true
                if changes { found.append(field) }
            }
            // The property may be any of those inside.
            guard isKnown else { return nil }
            // It is made of several.
            guard found.count == 1 else { break }
            path.append(found[0].name)
            fields = inside(found[0].type, &samples)
        }
        guard !path.isEmpty, let (usual, varied) = samples.pair(of: Value.self, at: path) else { return nil }
        return fits(usual, path) && fits(varied, path) ? path : nil
    }

    /// True if the property changes with a field, or with one inside it; nil if no values can be made up.
    private static func changes<Value: Decodable>(
        _ field: SchemaField, below path: [String], _ samples: inout SchemaSamples, _ differs: (Value, Value) -> Bool
    ) -> Bool? {
        let path = path + [field.name]
        var isKnown = false
        if let (usual, varied) = samples.pair(of: Value.self, at: path) {
            if differs(usual, varied) { return true }
            isKnown = true
        }
        // Objects are made up in one form only, but for what is inside them.
        for inner in path.count < maximumDepth ? inside(field.type, &samples) : [] {
            guard let changes = changes(inner, below: path, &samples, differs) else { continue }
            if changes { return true }
            isKnown = true
        }
        return isKnown ? false : nil
    }

    /// The fields of the names that properties have in Swift.
    private static func named<Value: Decodable>(
        _ components: [String], as type: Value.Type, _ samples: inout SchemaSamples, _ maximumDepth: Int
    ) -> [String]? {
        guard !components.isEmpty, components.count <= maximumDepth else { return nil }
        var path: [String] = []
        var type: any Decodable.Type = type
        for component in components {
            guard let field = field(component, of: type, &samples) else { return nil }
            path.append(field.name)
            type = field.type
        }
        return path
    }

    private static func field<Value: Decodable>(
        _ property: String, of type: Value.Type, _ samples: inout SchemaSamples
    ) -> SchemaField? {
        let name = KeyNaming(type).name(NameKey(property))
        return inside(type, &samples).first { $0.name.isSame(as: name) || $0.name.isSame(as: property) }
    }

    private static func inside<Value: Decodable>(_ type: Value.Type, _ samples: inout SchemaSamples) -> [SchemaField] {
        // Some of these have other forms in JSON than their own decoding shows.
        SchemaDerivation.isKnown(type) ? [] : samples.fields(of: type)
    }
}
