/// Finds the schema of a `Decodable` type, so that a typed ``Command`` needs none written by hand.
///
/// ```swift
/// struct Visit: Decodable { var siteId: String; var at: Date?; var kind: Kind }
/// enum Kind: String, Decodable, CaseIterable { case short, long }
/// // As ObjectSchema(allowUndefined: true).withRequiredProperty("siteId", .string)
/// //     .withOptionalProperty("at", …).withRequiredProperty("kind", …, IncludedRule("short", "long"))
/// DerivedSchema.of(Visit.self)
/// ```
/// It covers structures and final classes whose conformance the compiler writes, optionals, lists, sets, dictionaries
/// by text or number, dates, enumerations with raw values that are `CaseIterable`, and types that hold themselves.
///
/// Swift does not show how a type decodes, so that is tried out: the type is decoded a few times from made-up values,
/// with fields left out and fields of the wrong kind. A type that does not behave as the compiler's code does (it checks
/// its values, looks for other keys, forgives errors) is taken as it is: any value passes that it can be decoded from and
/// whose parts fit the schemas of their types. Where such a type can't be made up at all, such as an enumeration of texts
/// that is not `CaseIterable`, the fields behind it are not seen either; decoding still checks them. ``gaps(in:)`` tells
/// which types these are, and so do `--check` and the API document. ``SchemaProviding`` says it better.
///
/// A derived schema refuses only what decoding refuses, with two exceptions that the toolkit's schemas make too: a
/// point in time is no text, and a type's own schema counts. It is found once per type and kept.
public enum DerivedSchema {
    /// The schema of a type.
    public static func of<Value: Decodable>(_ type: Value.Type) -> SchemaType { found(type).schema }

    /// The types inside a type, and itself, of which no schema is found, and why; none when all are found.
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
        // Outside the lock, since a type's own schema may ask for others; a second thread finds the same.
        var derivation = SchemaDerivation()
        let schema = derivation.derive(type)
        let found = Found(schema: schema, gaps: derivation.gaps)
        known.withLock { $0[id] = found }
        return found
    }

    /// The schema of a type without the one that it provides itself.
    static func own<Value: Decodable>(of type: Value.Type) -> any Schema {
        var derivation = SchemaDerivation()
        return switch derivation.deriveItself(type) {
        case .schema(let schema): schema
        case let kind: KindSchema(kind)
        }
    }

    /// The schema of a type as a schema of its own; nil when it takes anything.
    static func schema<Value: Decodable>(of type: Value.Type) -> (any Schema)? {
        switch of(type) {
        case .any: nil
        case .schema(let schema): schema
        case let type: KindSchema(type)
        }
    }

    /// What is not known of results of a type.
    static func gapsOfResult<Value>(_ type: Value.Type) -> [SchemaGap] {
        // A type that is not Decodable is known to its author, and its values are never checked.
        (type as? any Decodable.Type).map { gaps(in: $0) } ?? []
    }

    /// The schema of results of a type, as far as that can be decoded too.
    static func ofResult<Value>(_ type: Value.Type) -> SchemaType {
        guard let type = type as? any Decodable.Type else { return .any }
        return of(type)
    }
}
