import FoundationEssentials

/// A value of a kind, or one that a type can be decoded from.
struct KindSchema: Schema {
    /// What documents say of it.
    let type: SchemaType
    var isRequired = false
    var rules: [any ValidationRule] = []
    /// The name that OpenAPI has for its form, such as `uuid`.
    var format: String?
    /// What else documents say of it.
    var note: String?
    /// What is known of the fields of an object.
    var parts: [SchemaPart] = []
    private let decoded: (any DecodedType)?

    /// Checks the kind.
    init(_ type: SchemaType, rules: [any ValidationRule] = []) {
        self.type = type
        self.rules = rules
        decoded = nil
    }

    /// Checks by decoding. The kind is for documents only.
    init<Value: Decodable>(
        decoding value: Value.Type, as type: SchemaType, format: String? = nil, note: String? = nil,
        parts: [SchemaPart] = []
    ) {
        self.type = type
        self.format = format
        self.note = note
        self.parts = parts
        decoded = Decoded<Value>()
    }

    func validateShape(path: String, value: AnyValue, results: inout [ValidationResult]) {
        guard !value.isNull else { return }
        guard let decoded else { return type.validate(path: path, value: value, results: &results) }
        results += decoded.findings(in: value).map { $0.moved(to: path) }
        for part in parts { part.validate(path: path, in: value, results: &results) }
    }
}

/// A part of a value that decodes itself in a way of its own: a field, or with no name the value as one of another type.
struct SchemaPart: Sendable {
    let name: String?
    let type: SchemaType
    private let decoded: any DecodedType

    init<Value: Decodable>(_ name: String?, _ decoded: Value.Type, _ type: SchemaType) {
        self.name = name
        self.type = type
        self.decoded = Decoded<Value>()
    }

    /// Checks the part where it is one of its type. Whether it may be another, or missing, decoding the whole decides.
    fileprivate func validate(path: String, in whole: AnyValue, results: inout [ValidationResult]) {
        let value = name.map { whole[$0] ?? .null } ?? whole
        guard !value.isNull, decoded.findings(in: value).isEmpty else { return }
        type.validate(path: name.map { path.appending(path: $0) } ?? path, value: value, results: &results)
    }
}

/// A number must be one that a type of whole numbers holds. Kinds let all numbers stand for each other.
struct WholeNumberRule: ValidationRule {
    private let words: String
    private let least: Int64
    private let most: UInt64

    init<Number: FixedWidthInteger>(_ type: Number.Type) {
        words = "must be a whole number from \(Number.min) to \(Number.max)"
        least = Int64(clamping: Number.min)
        most = UInt64(clamping: Number.max)
    }

    private func holds(_ value: AnyValue) -> Bool {
        switch value {
        case .integer(let value): contains(value)
        case .double(let value): Int64(exactly: value).map(contains) ?? contains(UInt64(exactly: value))
        case .decimal(let value): Int64(value.plainText).map(contains) ?? contains(UInt64(value.plainText))
        default: true
        }
    }

    private func contains(_ value: Int64) -> Bool { value >= least && (value < 0 || UInt64(value) <= most) }
    private func contains(_ value: UInt64?) -> Bool { value.map { $0 <= most } ?? false }

    func validate(path: String, schema: any Schema, value: AnyValue, results: inout [ValidationResult]) {
        guard !holds(value) else { return }
        results.append(
            .error(
                path, "TYPE_MISMATCH", "\(path.named) \(words) but found \(value)", expected: .string(words),
                actual: value))
    }
}

/// A value must be one that a type can be decoded from, where nothing else is wrong with it.
struct DecodingRule: ValidationRule {
    /// Why decoding has to tell.
    let note: String
    private let decoded: any DecodedType

    init<Value: Decodable>(_ type: Value.Type, note: String) {
        self.note = note
        decoded = Decoded<Value>()
    }

    func validate(path: String, schema: any Schema, value: AnyValue, results: inout [ValidationResult]) {
        let isWrong = results.contains { result in
            result.type == .error && (path.isEmpty || (result.path + ".").begins(with: path + "."))
        }
        guard !isWrong else { return }
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
