import FoundationEssentials

/// A field that a type requests from its decoder.
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

    /// Returns true if the field can initialise a property of that type.
    func fits(_ property: ObjectIdentifier) -> Bool {
        // A hand-written default for a missing field is fine: the property is then not optional.
        property == ObjectIdentifier(type) || isOptional && property == optionalType
    }

    func isSame(as other: SchemaField) -> Bool {
        name == other.name && isOptional == other.isOptional && type == other.type
    }
}

/// Generates values of types by decoding them, and observes what they request.
struct SchemaSamples {
    /// The values generated so far; nil for types without one.
    private var made: [ObjectIdentifier: Any?] = [:]

    /// The observed structure that a type is decoded from.
    struct Shape {
        /// The requested fields.
        var fields: [SchemaField]
        /// True if the type decodes as synthesized code does: it requests exactly these fields, and each must be valid.
        var isExact: Bool
        /// The unknown parts, with the reasons.
        var reason: String?
        /// True if it is decoded from an object.
        var isObject = true
        /// The type of the single value that it is decoded from.
        var single: SchemaField?
    }

    mutating func shape<Value: Decodable>(of type: Value.Type) -> Shape {
        if let fields = exactFields(of: type) {
            guard let stop = probe(type).stop else { return Shape(fields: fields, isExact: true) }
            return Shape(
                fields: fields, isExact: true,
                reason: "fields after '\(stop.name)' are unknown because no value of \(stop.type) can be generated; "
                    + "conform \(stop.type) to CaseIterable, or the type to SchemaProviding")
        }
        // The fields of all attempts. Their schemas apply in any case.
        var fields: [ScalarText: SchemaField?] = [:]
        var names: [String] = []
        for round in 0..<SchemaProbeRecord.texts.count {
            for field in probe(type, round: round).record.fields {
                if let known = fields[ScalarText(field.name)] {
                    if known.map({ $0.type != field.type }) ?? false { fields[ScalarText(field.name)] = .some(nil) }
                } else {
                    fields[ScalarText(field.name)] = field
                    names.append(field.name)
                }
            }
        }
        let record = probe(type).record
        let single = record.isKeyed ? nil : record.single
        return Shape(
            fields: names.compactMap { fields[ScalarText($0)] ?? nil }, isExact: false,
            reason: single != nil
                ? nil
                : "it decodes in its own way, so values are checked by decoding; "
                    + "conform it to SchemaProviding",
            isObject: record.isKeyed && record.single == nil, single: single)
    }

    /// The fields that a type requests; there may be others.
    mutating func fields<Value: Decodable>(of type: Value.Type) -> [SchemaField] {
        let first = probe(type)
        guard first.record.isKeyed else { return [] }
        return first.isPlain && first.stop == nil ? first.record.fields : shape(of: type).fields
    }

    /// Returns the fields of a type that decodes as synthesized code does; nil for others.
    private mutating func exactFields<Value: Decodable>(of type: Value.Type) -> [SchemaField]? {
        let first = probe(type)
        let fields = first.record.fields
        guard first.isPlain, Set(fields.map(\.name)).count == fields.count else { return nil }
        if let value = first.value, !Self.isPlain(value, fields) { return nil }
        // The requested fields must not depend on values...
        for round in 1...max(2, min(first.record.caseCount, 64)) {
            let other = probe(type, round: round)
            guard other.isPlain, other.record.fields.count == fields.count,
                zip(other.record.fields, fields).allSatisfy({ $0.isSame(as: $1) })
            else { return nil }
        }
        // ... nor on how values compare with each other...
        if first.value != nil {
            for field in fields {
                let place = SchemaPlace(names: [field.name], isVaried: true)
                if probe(type, round: 1, place: place).value == nil { return nil }
            }
        }
        // ... and a missing or invalid field must end decoding.
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

    /// Two values of a type that differ in one field only; nil if none can be constructed.
    mutating func pair<Value: Decodable>(of type: Value.Type, at names: [String]) -> (Value, Value)? {
        // Optional fields have values in odd rounds.
        for round in stride(from: 1, to: SchemaProbeRecord.texts.count, by: 2) {
            if let usual = try? value(of: type, round: round, at: SchemaPlace(names: names)),
                let varied = try? value(of: type, round: round, at: SchemaPlace(names: names, isVaried: true))
            {
                return (usual, varied)
            }
        }
        return nil
    }

    /// Returns a sample value of a type, including the field at a place.
    mutating func value<Value: Decodable>(of type: Value.Type, round: Int, at place: SchemaPlace) throws -> Value {
        guard let value = probe(type, round: round, place: place).value else { throw SchemaProbeRecord.NoSample() }
        return value
    }

    /// Generates any value of a type.
    mutating func sample<Value: Decodable>(of type: Value.Type, round: Int) throws -> Value {
        if let cases = type as? any CaseIterable.Type, let value = Self.cases(cases).pick(round) as? Value {
            return value
        }
        if let value = Self.simple(type, round) as? Value { return value }
        let id = ObjectIdentifier(type)
        if made[id] == nil {
            // Nil while it is being generated, also for recursive types.
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

    /// One attempt to decode a type from generated values.
    private struct Probe<Value> {
        let value: Value?
        let record: SchemaProbeRecord
        /// True if decoding behaved like synthesized code, as far as values could be generated.
        let isPlain: Bool
        /// The field at which decoding ended because no value could be generated.
        let stop: SchemaField?
    }

    private mutating func probe<Value: Decodable>(
        _ type: Value.Type, round: Int = 0, fault: SchemaProbeRecord.Fault? = nil, place: SchemaPlace? = nil
    ) -> Probe<Value> {
        let record = SchemaProbeRecord(
            samples: self, naming: KeyNaming(type), round: round, fault: fault, place: place)
        var (value, isComplete, stop) = (Value?.none, false, SchemaField?.none)
        do {
            value = try Value(from: SchemaProbe(record: record))
            isComplete = true
        } catch {
            isComplete = error is SchemaProbeRecord.NoSample
            if isComplete { stop = record.fields.last }
        }
        made.merge(record.samples.made) { _, new in new }
        let isPlain = isComplete && record.isKeyed && record.isPredictable
        return Probe(value: value, record: record, isPlain: isPlain, stop: stop)
    }

    private static func simple<Value: Decodable>(_ type: Value.Type, _ round: Int) -> Any? {
        switch type {
        case let type as any SchemaOptional.Type: type.noValue
        case let type as any SchemaList.Type: type.empty
        case let type as any SchemaMap.Type: type.empty
        case is AnyValue.Type: AnyValue.null
        case is Date.Type: Date(timeIntervalSince1970: Double(round))
        case is Data.Type: Data()
        case is UUID.Type: UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, UInt8(clamping: round)))
        case is URL.Type: URL(string: "http://localhost/\(round)")
        case is Decimal.Type: Decimal(round)
        case is Duration.Type: Duration.seconds(round)
        default: nil
        }
    }

    /// Returns the cases of an enumeration, in order.
    static func cases<Value: CaseIterable>(_ type: Value.Type) -> [Any] { Value.allCases.prefix(64).map { $0 } }

    /// Returns true if the fields are the stored properties, some of which may not be decoded. A hand-written decoder
    /// that combines several fields into a property does not match.
    private static func isPlain(_ value: Any, _ fields: [SchemaField]) -> Bool {
        let mirror = Mirror(reflecting: value)
        guard mirror.displayStyle == .struct || mirror.displayStyle == .class, mirror.superclassMirror == nil else {
            return false
        }
        let properties = mirror.children.map {
            // This wrapper is transparent.
            let type: Any.Type = $0.value is GeneratedId ? String.self : Swift.type(of: $0.value)
            return (name: plain($0.label ?? ""), type: ObjectIdentifier(type))
        }
        var rest = properties
        var renamed: [SchemaField] = []
        for field in fields {
            if let index = rest.firstIndex(where: { $0.name == plain(field.name) && field.fits($0.type) }) {
                rest.remove(at: index)
            } else {
                renamed.append(field)
            }
        }
        // A renamed field matches a remaining property of the same type. An omitted field is detected only if no field
        // is renamed.
        guard renamed.isEmpty || fields.count == properties.count else { return false }
        for field in renamed.sorted(by: { !$0.isOptional && $1.isOptional }) {
            guard let index = rest.firstIndex(where: { field.fits($0.type) }) else { return false }
            rest.remove(at: index)
        }
        return true
    }

    /// Normalises a name: `site_id`, `siteId` and the `_siteId` of a property wrapper are equal.
    private static func plain(_ name: String) -> String {
        ScalarText(folding: name).text.replacing(text: "_", with: "")
    }
}

extension [Any] {
    fileprivate func pick(_ index: Int) -> Any? { isEmpty ? nil : self[index % count] }
}
