import FoundationEssentials

/// Derives the schema of one type and of the types within it.
struct SchemaDerivation {
    /// Limits types that contain ever new types, such as `G<[T]>` in `G<T>`.
    private static let maximumDepth = 32

    /// The types for which no schema was found.
    private(set) var gaps: [SchemaGap] = []
    private var path: [ObjectIdentifier] = []
    private var names: [String] = []
    private var samples = SchemaSamples()

    mutating func derive<Value: Decodable>(_ type: Value.Type) -> SchemaType {
        // Checked first, because a type that provides a schema may ask for its derived one.
        if path.contains(ObjectIdentifier(type)) { return .schema(RecursiveSchema(type)) }
        if let own = type as? any SchemaProviding.Type {
            let schema = own.schema
            noteGaps(of: type, in: .schema(schema))
            return .schema(schema)
        }
        return deriveItself(type)
    }

    /// Derives the schema of a type, whatever schema the type provides.
    mutating func deriveItself<Value: Decodable>(_ type: Value.Type) -> SchemaType {
        if let known = Self.known(type) { return known }
        guard path.count < Self.maximumDepth else {
            note(type, "it is nested more than \(Self.maximumDepth) types deep")
            return .schema(KindSchema(decoding: type, as: .any))
        }
        path.append(ObjectIdentifier(type))
        defer { path.removeLast() }

        if let optional = type as? any SchemaOptional.Type { return derive(optional.wrappedType) }
        if let list = type as? any SchemaList.Type { return .schema(ArraySchema(derive(list.elementType, named: "*"))) }
        if let map = type as? any SchemaMap.Type {
            guard map.isKeyed else {
                note(type, "its keys are not strings, so it is an array of alternating keys and values")
                return .schema(KindSchema(decoding: type, as: .array))
            }
            var schema = MapSchema(.any, derive(map.elementType, named: "*"))
            if !map.hasTextKeys { schema.rules.append(DecodingRule(type, note: "the names are those of \(type)")) }
            return .schema(schema)
        }
        if let cases = type as? any (CaseIterable & RawRepresentable & Decodable).Type,
            let schema = Self.cases(of: cases)
        {
            return .schema(schema)
        }
        return object(type)
    }

    // MARK: - Kinds

    /// True for a type of the toolkit or of Swift, which has a fixed schema.
    static func isKnown<Value: Decodable>(_ type: Value.Type) -> Bool { known(type) != nil }

    private static func known<Value: Decodable>(_ type: Value.Type) -> SchemaType? {
        switch type {
        case is String.Type: .string
        case is Bool.Type: .boolean
        case let type as any FixedWidthInteger.Type: .schema(whole(type))
        case is Float.Type: .float
        case is Double.Type: .double
        case is AnyValue.Type: .any
        case is AnyValueMap.Type: .map
        case is AnyValueArray.Type: .array
        case is MultiString.Type: .schema(MapSchema(.any, .string))
        // Numbers are dates too.
        case is Date.Type: .schema(KindSchema(decoding: type, as: .dateTime))
        case is Data.Type: .schema(KindSchema(decoding: type, as: .string, format: "byte"))
        case is UUID.Type: .schema(KindSchema(decoding: type, as: .string, format: "uuid"))
        case is URL.Type: .schema(KindSchema(decoding: type, as: .string, format: "uri"))
        case is Decimal.Type: .schema(KindSchema(decoding: type, as: .double, format: "decimal"))
        case is Duration.Type: .schema(KindSchema(decoding: type, as: .code(.duration), note: "milliseconds"))
        default: nil
        }
    }

    private static func whole<Number: FixedWidthInteger>(_ type: Number.Type) -> KindSchema {
        let isShort = Int32(exactly: Number.min) != nil && Int32(exactly: Number.max) != nil
        return KindSchema(isShort ? .integer : .long, rules: [WholeNumberRule(type)])
    }

    /// Returns the values of an enumeration; nil if it accepts others or has too many to list.
    private static func cases<Value: CaseIterable & RawRepresentable & Decodable>(
        of type: Value.Type
    ) -> KindSchema? {
        let maximum = 1_000
        let cases = Value.allCases.prefix(maximum + 1)
        let values = cases.compactMap { value in
            switch value.rawValue {
            case let text as String: AnyValue.string(text)
            case let number as any BinaryInteger: Int64(exactly: number).map(AnyValue.integer)
            default: nil
            }
        }
        guard values.count == cases.count, values.count <= maximum else { return nil }
        // A hand-written decoder may accept other spellings or map unknown values.
        let texts = values.compactMap(\.string)
        let strangers =
            texts.flatMap { [$0.uppercased(), $0.lowercased(), " \($0)"] }.map(AnyValue.string)
            + [.string(""), .string("\u{1}none of them"), .integer(.min), .integer(.max), .integer(0), .null, [], [:]]
        let refuses = strangers.allSatisfy { values.contains($0) || !$0.findings(decoding: type).isEmpty }
        guard refuses, values.allSatisfy({ $0.findings(decoding: type).isEmpty }) else { return nil }
        return KindSchema(texts.isEmpty ? .long : .string, rules: [IncludedRule(values)])
    }

    // MARK: - Objects

    private mutating func object<Value: Decodable>(_ type: Value.Type) -> SchemaType {
        let shape = samples.shape(of: type)
        if let reason = shape.reason { note(type, reason) }
        guard shape.isExact else {
            var parts = shape.fields.map { part(named: $0.name, $0.type) }
            if let single = shape.single { parts.append(part(named: nil, single.type)) }
            let kind = parts.last { $0.name == nil }?.type ?? (shape.isObject ? .map : .any)
            return .schema(KindSchema(decoding: type, as: kind, note: shape.reason, parts: parts))
        }
        var schema = ObjectSchema(allowUndefined: true)
        schema.isDerived = true
        schema.gap = shape.reason
        for field in shape.fields { schema.properties.append(property(field, field.type)) }
        if let reason = shape.reason { schema.rules.append(DecodingRule(type, note: reason)) }
        return .schema(schema)
    }

    private mutating func part<Value: Decodable>(named name: String?, _ type: Value.Type) -> SchemaPart {
        SchemaPart(name, type, name.map { derive(type, named: $0) } ?? derive(type))
    }

    private mutating func derive<Value: Decodable>(_ type: Value.Type, named name: String) -> SchemaType {
        names.append(name)
        defer { names.removeLast() }
        return derive(type)
    }

    /// Records the gaps in a schema that a type provides and that was built from a derived one, see ``SchemaRules``.
    private mutating func noteGaps(of type: Any.Type, in schema: SchemaType) {
        guard case .schema(let schema) = schema else { return }
        func note(_ name: String, _ part: SchemaType) {
            names.append(name)
            noteGaps(of: type, in: part)
            names.removeLast()
        }
        switch schema {
        case let object as ObjectSchema:
            if let gap = object.gap { self.note(type, gap) }
            for property in object.properties { note(property.name, property.type) }
        case let list as ArraySchema: note("*", list.valueType)
        case let map as MapSchema: note("*", map.valueType)
        default: break
        }
    }

    private mutating func note(_ type: Any.Type, _ reason: String) {
        gaps.append(SchemaGap(path: names.joined(separator: "."), type: String(describing: type), reason: reason))
    }

    private mutating func property<Value: Decodable>(_ field: SchemaField, _ type: Value.Type) -> PropertySchema {
        let schema = derive(type, named: field.name)
        // Some types accept null. A missing value is then left to decoding, because schemas treat both the same.
        let isRequired = !field.isOptional && !AnyValue.null.findings(decoding: type).isEmpty
        return PropertySchema(field.name, schema, required: isRequired)
    }
}

// MARK: - Types with others inside

protocol SchemaOptional {
    static var wrappedType: any Decodable.Type { get }
    static var noValue: Any { get }
}

extension Optional: SchemaOptional where Wrapped: Decodable {
    static var wrappedType: any Decodable.Type { Wrapped.self }
    static var noValue: Any { Self.none as Any }
}

protocol SchemaList {
    static var elementType: any Decodable.Type { get }
    static var empty: Any { get }
    static func list(of element: Any) -> Any
}

extension Array: SchemaList where Element: Decodable {
    static var elementType: any Decodable.Type { Element.self }
    static var empty: Any { Self() }
    static func list(of element: Any) -> Any { Self([element].compactMap { $0 as? Element }) }
}

extension Set: SchemaList where Element: Decodable {
    static var elementType: any Decodable.Type { Element.self }
    static var empty: Any { Self() }
    static func list(of element: Any) -> Any { Self([element].compactMap { $0 as? Element }) }
}

protocol SchemaMap {
    static var elementType: any Decodable.Type { get }
    /// True if it is encoded as an object. Other dictionaries are arrays of alternating keys and values.
    static var isKeyed: Bool { get }
    /// True if any string is a valid key.
    static var hasTextKeys: Bool { get }
    static var empty: Any { get }
}

extension Dictionary: SchemaMap where Key: Decodable, Value: Decodable {
    static var elementType: any Decodable.Type { Value.self }
    static var hasTextKeys: Bool { Key.self == String.self }
    static var isKeyed: Bool {
        Key.self == String.self || Key.self == Int.self || Key.self is any CodingKeyRepresentable.Type
    }
    static var empty: Any { Self() }
}
