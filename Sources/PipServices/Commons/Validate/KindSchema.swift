/// A value of a kind, or one that a type can be decoded from.
struct KindSchema: Schema {
    /// What documents say of it.
    let type: SchemaType
    var isRequired = false
    var rules: [any ValidationRule] = []
    private let decoded: DecodedType?

    /// Checks the kind.
    init(_ type: SchemaType, rules: [any ValidationRule] = []) {
        self.type = type
        self.rules = rules
        decoded = nil
    }

    /// Checks by decoding. The kind is for documents only.
    init<Value: Decodable>(decoding value: Value.Type, as type: SchemaType) {
        self.type = type
        decoded = DecodedType(type: value)
    }

    func validateShape(path: String, value: AnyValue, results: inout [ValidationResult]) {
        guard !value.isNull else { return }
        guard let decoded else { return type.validate(path: path, value: value, results: &results) }
        results += value.findings(decoding: decoded.type).map { $0.moved(to: path) }
    }
}

/// What a type that holds itself must be like, looked up when it is needed.
struct RecursiveSchema: Schema {
    var isRequired = false
    var rules: [any ValidationRule] = []
    private let decoded: DecodedType

    init<Value: Decodable>(_ type: Value.Type) { decoded = DecodedType(type: type) }

    func validateShape(path: String, value: AnyValue, results: inout [ValidationResult]) {
        DerivedSchema.of(decoded.type).validate(path: path, value: value, results: &results)
    }
}

/// A type that values are decoded to.
private struct DecodedType: Sendable {
    /// Types inside others come from their decoders without a promise that their conformance belongs to no actor. It
    /// can't: it was called by the one outside, whose type is `Sendable`.
    nonisolated(unsafe) let type: any Decodable.Type
}
