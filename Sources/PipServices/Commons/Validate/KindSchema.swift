/// A value of a kind, or one that a type can be decoded from.
struct KindSchema: Schema {
    /// What documents say of it.
    let type: SchemaType
    var isRequired = false
    var rules: [any ValidationRule] = []
    private let decoded: (any DecodedType)?

    /// Checks the kind.
    init(_ type: SchemaType, rules: [any ValidationRule] = []) {
        self.type = type
        self.rules = rules
        decoded = nil
    }

    /// Checks by decoding. The kind is for documents only.
    init<Value: Decodable>(decoding value: Value.Type, as type: SchemaType) {
        self.type = type
        decoded = Decoded<Value>()
    }

    func validateShape(path: String, value: AnyValue, results: inout [ValidationResult]) {
        guard !value.isNull else { return }
        guard let decoded else { return type.validate(path: path, value: value, results: &results) }
        results += decoded.findings(in: value).map { $0.moved(to: path) }
    }
}

/// What a type that holds itself must be like, looked up when it is needed.
struct RecursiveSchema: Schema {
    var isRequired = false
    var rules: [any ValidationRule] = []
    /// The type, and its name as documents have it.
    let id: ObjectIdentifier
    let name: String
    private let decoded: any DecodedType

    init<Value: Decodable>(_ type: Value.Type) {
        id = ObjectIdentifier(type)
        name = String(describing: type)
        decoded = Decoded<Value>()
    }

    /// What the type must be like.
    var resolved: SchemaType { decoded.schema }

    func validateShape(path: String, value: AnyValue, results: inout [ValidationResult]) {
        decoded.schema.validate(path: path, value: value, results: &results)
    }
}

/// A type that values are decoded to, without the type in its name.
private protocol DecodedType: Sendable {
    func findings(in value: AnyValue) -> [ValidationResult]
    var schema: SchemaType { get }
}

private struct Decoded<Value: Decodable>: DecodedType {
    func findings(in value: AnyValue) -> [ValidationResult] { value.findings(decoding: Value.self) }
    var schema: SchemaType { DerivedSchema.of(Value.self) }
}
