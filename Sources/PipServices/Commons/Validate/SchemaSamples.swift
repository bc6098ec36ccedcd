import FoundationEssentials

/// A field that a type asks its decoder for.
struct SchemaField {
    let name: String
    let type: any Decodable.Type
    let isOptional: Bool
    private let optionalType: ObjectIdentifier

    init<Value: Decodable>(_ name: String, _ type: Value.Type, isOptional: Bool) {
        self.name = name
        if let optional = type as? any SchemaOptional.Type {
            self.type = optional.wrappedType
            self.isOptional = true
            optionalType = ObjectIdentifier(type)
        } else {
            self.type = type
            self.isOptional = isOptional
            optionalType = ObjectIdentifier(Value?.self)
        }
    }

    /// True when the field can fill a property of that type.
    func fits(_ property: ObjectIdentifier) -> Bool {
        // A hand-written default for a missing field is fine: then the property is not optional.
        property == ObjectIdentifier(type) || isOptional && property == optionalType
    }

    func isSame(as other: SchemaField) -> Bool {
        name == other.name && isOptional == other.isOptional && type == other.type
    }
}

/// Makes up values of types by decoding them from nothing, and watches what they ask for.
struct SchemaSamples {
    /// What was made up before, nil for types of which no value is found.
    private var made: [ObjectIdentifier: Any?] = [:]

    /// The fields of a type that decodes as the compiler's code does; nil for others.
    mutating func shape<Value: Decodable>(of type: Value.Type) -> [SchemaField]? {
        let first = probe(type)
        let fields = first.record.fields
        guard first.isPlain, Set(fields.map(\.name)).count == fields.count else { return nil }
        if let value = first.value, !Self.isPlain(value, fields) { return nil }
        // What is asked for must not depend on values...
        for round in 1...max(2, min(first.record.caseCount, 64)) {
            let other = probe(type, round: round)
            guard other.isPlain, other.record.fields.count == fields.count,
                zip(other.record.fields, fields).allSatisfy({ $0.isSame(as: $1) })
            else { return nil }
        }
        // ... and what is missing or wrong must end it.
        for field in fields {
            let faults: [SchemaProbeRecord.Fault] =
                field.isOptional ? [.mismatch(field.name)] : [.missing(field.name), .mismatch(field.name)]
            for fault in faults {
                let probe = probe(type, fault: fault)
                if probe.value != nil || probe.record.isForgiving { return nil }
            }
        }
        return fields
    }

    /// The kind of the single value that a type decodes itself from; any for others.
    mutating func single<Value: Decodable>(of type: Value.Type) -> SchemaType { probe(type).record.single ?? .any }

    /// Any value of a type.
    mutating func sample<Value: Decodable>(of type: Value.Type, round: Int) throws -> Value {
        if let cases = type as? any CaseIterable.Type, let value = Self.cases(cases).pick(round) as? Value {
            return value
        }
        if let value = Self.simple(type) as? Value { return value }
        let id = ObjectIdentifier(type)
        if made[id] == nil {
            // Until one is found there is none, also for those that hold themselves.
            made[id] = .some(nil)
            for round in 0..<SchemaProbeRecord.texts.count {
                guard let value = probe(type, round: round).value else { continue }
                made[id] = .some(value)
                break
            }
        }
        guard let known = made[id], let value = known as? Value else { throw SchemaProbeRecord.NoSample() }
        return value
    }

    // MARK: - Internal

    /// One attempt to decode a type from made-up values.
    private struct Probe<Value> {
        let value: Value?
        let record: SchemaProbeRecord
        /// True when it went as the compiler's code goes, at least as far as values could be made up.
        let isPlain: Bool
    }

    private mutating func probe<Value: Decodable>(
        _ type: Value.Type, round: Int = 0, fault: SchemaProbeRecord.Fault? = nil
    ) -> Probe<Value> {
        let record = SchemaProbeRecord(samples: self, round: round, fault: fault)
        var (value, isComplete) = (Value?.none, false)
        do {
            value = try Value(from: SchemaProbe(record: record))
            isComplete = true
        } catch {
            isComplete = error is SchemaProbeRecord.NoSample
        }
        made.merge(record.samples.made) { _, new in new }
        return Probe(value: value, record: record, isPlain: isComplete && record.isKeyed && record.isPredictable)
    }

    private static func simple<Value: Decodable>(_ type: Value.Type) -> Any? {
        switch type {
        case let type as any SchemaOptional.Type: type.noValue
        case let type as any SchemaList.Type: type.empty
        case let type as any SchemaMap.Type: type.empty
        case is AnyValue.Type: AnyValue.null
        case is Date.Type: Date(timeIntervalSince1970: 0)
        case is Data.Type: Data()
        case is UUID.Type: UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
        case is URL.Type: URL(string: "http://localhost")
        case is Decimal.Type: Decimal()
        default: nil
        }
    }

    /// The cases of an enumeration, in order.
    static func cases<Value: CaseIterable>(_ type: Value.Type) -> [Any] { Value.allCases.prefix(64).map { $0 } }

    /// True when the fields are the stored properties, some of which may not be decoded. A hand-written decoder that
    /// makes up a property from several fields differs here.
    private static func isPlain(_ value: Any, _ fields: [SchemaField]) -> Bool {
        let mirror = Mirror(reflecting: value)
        guard mirror.displayStyle == .struct || mirror.displayStyle == .class, mirror.superclassMirror == nil else {
            return false
        }
        let properties = mirror.children.map {
            (name: plain($0.label ?? ""), type: ObjectIdentifier(Swift.type(of: $0.value)))
        }
        if fields.count == properties.count { return zip(fields, properties).allSatisfy { $0.fits($1.type) } }
        // With some left out, only names tell which.
        var rest = properties[...]
        for field in fields {
            guard let index = rest.firstIndex(where: { $0.name == plain(field.name) && field.fits($0.type) }) else {
                return false
            }
            rest = rest[(index + 1)...]
        }
        return true
    }

    /// A name without the differences of `site_id`, `siteId` and the `_siteId` of a property wrapper.
    private static func plain(_ name: String) -> String {
        ScalarText(folding: name).text.replacing(text: "_", with: "")
    }
}

extension [Any] {
    fileprivate func pick(_ index: Int) -> Any? { isEmpty ? nil : self[index % count] }
}
