/// Derives the JSON names of properties by decoding the type from sample values, see ``SchemaProbe``: a property has
/// the name of the field with which it changes.
enum SchemaFields {
    /// The maximum nesting of fields to search.
    private static let maximumDepth = 8

    /// Returns the name of a property; nil if it can't be derived.
    static func name<Value: Decodable, Member: Equatable>(of property: KeyPath<Value, Member>) -> String? {
        let path = path(of: property, maximumDepth: 1) { $0[keyPath: property] != $1[keyPath: property] }
        return path?.first
    }

    /// Returns the path of a property or a nested property; nil if it can't be derived.
    /// - Parameters:
    ///   - differs: true if the property differs in two values.
    ///   - fits: true if the property of a value equals the value at the path in its encoded form. A computed property
    ///     may change with a field and still differ from it.
    static func path<Value: Decodable>(
        of property: PartialKeyPath<Value>, maximumDepth: Int = maximumDepth, differs: (Value, Value) -> Bool,
        fits: (Value, [String]) -> Bool = { _, _ in true }
    ) -> [String]? {
        var samples = SchemaSamples()
        return varied(&samples, maximumDepth, differs, fits)
            ?? named(components(of: property), as: Value.self, &samples, maximumDepth)
    }

    /// The part after the type in `\Order.place?.city`.
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
            // The property may be any nested one.
            guard isKnown else { return nil }
            // The property depends on several fields.
            guard found.count == 1 else { break }
            path.append(found[0].name)
            fields = inside(found[0].type, &samples)
        }
        guard !path.isEmpty, let (usual, varied) = samples.pair(of: Value.self, at: path) else { return nil }
        return fits(usual, path) && fits(varied, path) ? path : nil
    }

    /// True if the property changes with a field or a nested field; nil if no sample values can be constructed.
    private static func changes<Value: Decodable>(
        _ field: SchemaField, below path: [String], _ samples: inout SchemaSamples, _ differs: (Value, Value) -> Bool
    ) -> Bool? {
        let path = path + [field.name]
        var isKnown = false
        if let (usual, varied) = samples.pair(of: Value.self, at: path) {
            if differs(usual, varied) { return true }
            isKnown = true
        }
        // Objects are sampled in one form only, except for their nested fields.
        for inner in path.count < maximumDepth ? inside(field.type, &samples) : [] {
            guard let changes = changes(inner, below: path, &samples, differs) else { continue }
            if changes { return true }
            isKnown = true
        }
        return isKnown ? false : nil
    }

    /// The fields with the Swift names of properties.
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
        // The JSON form of some of these differs from the form that their decoding shows.
        SchemaDerivation.isKnown(type) ? [] : samples.fields(of: type)
    }
}
