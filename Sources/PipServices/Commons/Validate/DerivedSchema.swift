/// Derives the schema of a `Decodable` type, so that a typed ``Command`` needs no hand-written schema.
///
/// ```swift
/// struct Visit: Decodable { var siteId: String; var at: Date?; var kind: Kind }
/// enum Kind: String, Decodable, CaseIterable { case short, long }
/// // As ObjectSchema(allowUndefined: true).withRequiredProperty("siteId", .string)
/// //     .withOptionalProperty("at", …).withRequiredProperty("kind", …, IncludedRule("short", "long"))
/// DerivedSchema.of(Visit.self)
/// ```
/// It supports structs and final classes with synthesized conformance, optionals, arrays, sets, dictionaries with
/// string or number keys, dates, `CaseIterable` enumerations with raw values, and recursive types.
///
/// Swift offers no reflection on decoding, so the type is decoded several times from generated values, with some fields
/// missing or of the wrong type. A type that decodes in its own way (it validates values, reads other keys or tolerates
/// errors) is checked by decoding: any value passes that it can be decoded from and whose parts match the schemas of
/// their types. Fields that come after a type for which no value can be generated, such as a string enumeration that is
/// not `CaseIterable`, are not found; decoding still checks them. ``gaps(in:)`` lists these types, and so do `--check`
/// and the API document. To fill a gap, conform the type to ``SchemaProviding``.
///
/// A derived schema rejects only what decoding rejects, with two exceptions: a date must not be an arbitrary string,
/// and a schema that the type provides applies. Each schema is derived once per type and cached.
public enum DerivedSchema {
    /// Returns the schema of a type.
    public static func of<Value: Decodable>(_ type: Value.Type) -> SchemaType { found(type).schema }

    /// Returns the types within a type, including itself, for which no schema can be derived, with the reasons.
    public static func gaps<Value: Decodable>(in type: Value.Type) -> [SchemaGap] { found(type).gaps }

    // MARK: - Internal

    private struct Found {
        let schema: SchemaType
        let gaps: [SchemaGap]
    }

    private static let known = Locked<[ObjectIdentifier: Found]>([:])

    private static func found<Value: Decodable>(_ type: Value.Type) -> Found {
        let id = ObjectIdentifier(type)
        if let known = known.withLock({ $0[id] }) { return known }
        // Outside the lock, because a provided schema may derive others. A second thread derives the same schema.
        var derivation = SchemaDerivation()
        let schema = derivation.derive(type)
        let found = Found(schema: schema, gaps: derivation.gaps)
        known.withLock { $0[id] = found }
        return found
    }

    /// Returns the derived schema of a type, without the one that it provides.
    static func own<Value: Decodable>(of type: Value.Type) -> any Schema {
        var derivation = SchemaDerivation()
        return switch derivation.deriveItself(type) {
        case .schema(let schema): schema
        case let kind: KindSchema(kind)
        }
    }

    /// Returns the schema of a type as a standalone schema; nil if it accepts anything.
    static func schema<Value: Decodable>(of type: Value.Type) -> (any Schema)? {
        switch of(type) {
        case .any: nil
        case .schema(let schema): schema
        case let type: KindSchema(type)
        }
    }

    /// Returns the gaps of a result type.
    static func gapsOfResult<Value>(_ type: Value.Type) -> [SchemaGap] {
        // A type that is not Decodable is known to its author, and its values are never validated.
        (type as? any Decodable.Type).map { gaps(in: $0) } ?? []
    }

    /// Returns the schema of a result type, as far as the type is also decodable.
    static func ofResult<Value>(_ type: Value.Type) -> SchemaType {
        guard let type = type as? any Decodable.Type else { return .any }
        return of(type)
    }
}
