/// A record of what a type requested from its decoder, and what it received.
final class SchemaProbeRecord {
    /// An intentional error in a field.
    enum Fault: Equatable {
        case missing(String)
        case mismatch(String)
    }

    /// No value can be generated.
    struct NoSample: Error {}

    /// Strings that many validating types accept.
    static let texts = [
        "", "a", "1", "a@b.cd", "http://localhost", "2000-01-01T00:00:00.000Z", "00000000-0000-0000-0000-000000000000",
        "12345678", "en",
    ]

    private(set) var fields: [SchemaField] = []
    /// The type of the single value that was requested, if any.
    private(set) var single: SchemaField?
    /// True if fields were requested by name.
    private(set) var isKeyed = false
    /// False if the type asked which keys exist, or for something that schemas can't express.
    private(set) var isPredictable = true
    /// True if decoding continued after the intentional error.
    private(set) var isForgiving = false
    /// The largest number of cases of an enumeration in a field.
    private(set) var caseCount = 0
    var samples: SchemaSamples

    /// The naming of the type's fields.
    let naming: KeyNaming
    private let baseRound: Int
    private let fault: Fault?
    /// The field to examine.
    private let place: SchemaPlace?
    private var name = ""
    private var isFaulted = false

    init(samples: SchemaSamples, naming: KeyNaming, round: Int, fault: Fault? = nil, place: SchemaPlace? = nil) {
        self.samples = samples
        self.naming = naming
        baseRound = round
        self.place = place
        self.fault = fault
    }

    /// The index of the sample value for the current field.
    var round: Int { isVaried ? baseRound + 1 : baseRound }

    /// True if the current field has a different value than usual.
    private var isVaried: Bool { place.map { $0.isVaried && $0.names == [name] } ?? false }

    func askForFields() {
        goOn()
        // A second container means another way of reading the same value.
        if isKeyed { isPredictable = false }
        isKeyed = true
    }

    func askForSomethingElse() {
        goOn()
        isPredictable = false
    }

    func askForSingle(_ type: SchemaField) {
        askForSomethingElse()
        single = type
    }

    /// Records a field. Fails if it is the field with the intentional error.
    func ask<Value: Decodable>(for name: String, _ type: Value.Type, isOptional: Bool) throws {
        goOn()
        self.name = name
        fields.append(SchemaField(name, type, isOptional: isOptional))
        if let cases = type as? any CaseIterable.Type { caseCount = max(caseCount, SchemaSamples.cases(cases).count) }
        let context = DecodingError.Context(codingPath: [NameKey(name)], debugDescription: "made up")
        switch fault {
        case .missing(name):
            isFaulted = true
            throw DecodingError.keyNotFound(NameKey(name), context)
        case .mismatch(name):
            isFaulted = true
            throw DecodingError.typeMismatch(type, context)
        default: break
        }
    }

    private func goOn() { if isFaulted { isForgiving = true } }

    // MARK: - Values

    var bool: Bool { !round.isMultiple(of: 2) }
    var text: String { Self.texts[round % Self.texts.count] }
    func number<Number: BinaryInteger>() -> Number { Number(clamping: round % 100) }

    func sample<Value: Decodable>(of type: Value.Type) throws -> Value {
        if let inner = place?.inner(of: name) { return try samples.value(of: type, round: baseRound, at: inner) }
        if isVaried, let list = type as? any SchemaList.Type, let element = try? sample(ofElement: list.elementType),
            let value = list.list(of: element) as? Value
        {
            return value
        }
        let value: Any? =
            switch type {
            case is Bool.Type: bool
            case is String.Type: text
            case is Double.Type: Double(round)
            case is Float.Type: Float(round)
            case let type as any (FixedWidthInteger & Decodable).Type: number(of: type)
            default: nil
            }
        return try value as? Value ?? samples.sample(of: type, round: round)
    }

    private func number<Number: FixedWidthInteger>(of type: Number.Type) -> Any { number() as Number }
    private func sample<Element: Decodable>(ofElement type: Element.Type) throws -> Any {
        try sample(of: type) as Element
    }
}

/// A field in sample values, identified by the names on its path.
struct SchemaPlace {
    var names: [String]
    /// True to use a different value than usual.
    var isVaried = false

    /// The place relative to a field; nil if it is not inside the field.
    func inner(of name: String) -> SchemaPlace? {
        guard names.count > 1, names[0].isSame(as: name) else { return nil }
        return SchemaPlace(names: Array(names.dropFirst()), isVaried: isVaried)
    }
}
