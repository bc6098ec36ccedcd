import FoundationEssentials

/// The schema of a basic type, or of a type that is checked by decoding.
struct KindSchema: Schema {
    /// The type that API documents show.
    let type: SchemaType
    var isRequired = false
    var rules: [any ValidationRule] = []
    /// The OpenAPI name of the format, such as `uuid`.
    var format: String?
    /// An additional description for API documents.
    var note: String?
    /// The known fields of an object.
    var parts: [SchemaPart] = []
    private let decoded: (any DecodedType)?

    /// Creates a schema that checks the basic type.
    init(_ type: SchemaType, rules: [any ValidationRule] = []) {
        self.type = type
        self.rules = rules
        decoded = nil
    }

    /// Creates a schema that checks by decoding. The basic type is for documents only.
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

/// A part of a value whose type has a hand-written decoder: a field, or without a name the whole value as another type.
struct SchemaPart: Sendable {
    let name: String?
    let type: SchemaType
    private let decoded: any DecodedType

    init<Value: Decodable>(_ name: String?, _ decoded: Value.Type, _ type: SchemaType) {
        self.name = name
        self.type = type
        self.decoded = Decoded<Value>()
    }

    /// Checks the part if it has the expected type. Whether another type or a missing value is allowed is decided by
    /// decoding the whole.
    fileprivate func validate(path: String, in whole: AnyValue, results: inout [ValidationResult]) {
        let value = name.map { whole[$0] ?? .null } ?? whole
        guard !value.isNull, decoded.findings(in: value).isEmpty else { return }
        type.validate(path: name.map { path.appending(path: $0) } ?? path, value: value, results: &results)
    }
}

/// Requires a number that fits an integer type. Basic types accept all numbers.
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

/// Requires a value that can be decoded as a type. Applied only if there are no other findings.
struct DecodingRule: ValidationRule {
    /// Why the value is checked by decoding.
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

/// The schema of a recursive type, resolved when it is needed.
struct RecursiveSchema: Schema {
    var isRequired = false
    var rules: [any ValidationRule] = []
    /// Identifies the type, whose name appears in documents.
    let id: ObjectIdentifier
    let name: String
    private let decoded: any DecodedType

    init<Value: Decodable>(_ type: Value.Type) {
        id = ObjectIdentifier(type)
        name = String(describing: type)
        decoded = Decoded<Value>()
    }

    /// The schema of the type.
    var resolved: SchemaType { decoded.schema }

    func validateShape(path: String, value: AnyValue, results: inout [ValidationResult]) {
        decoded.schema.validate(path: path, value: value, results: &results)
    }
}

/// A type-erased `Decodable` type.
private protocol DecodedType: Sendable {
    func findings(in value: AnyValue) -> [ValidationResult]
    var schema: SchemaType { get }
}

private struct Decoded<Value: Decodable>: DecodedType {
    func findings(in value: AnyValue) -> [ValidationResult] { value.findings(decoding: Value.self) }
    var schema: SchemaType { DerivedSchema.of(Value.self) }
}
