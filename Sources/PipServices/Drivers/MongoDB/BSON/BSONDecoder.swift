import FoundationEssentials

/// Decodes MongoDB documents directly into `Codable` values.
///
/// A number of any type decodes as any number type that represents it exactly. A `String` field accepts an ObjectId as
/// its digits; `Data` and `UUID` accept strings and binary values.
struct BSONDecoder {
    /// Maps the names of the top-level fields to those in MongoDB.
    var rename: @Sendable (String) -> String = { $0 }

    /// - Throws: ``BSONFault`` for bytes that are not a document; `DecodingError`.
    func decode<Value: Decodable>(_ type: Value.Type, _ bytes: [UInt8]) throws -> Value {
        let source = BSONSource(BSONReader(bytes), self)
        let document = BSONElement(type: .document, name: 0..<0, value: bytes.indices)
        return try BSONValueDecoder(source: source, element: document, codingPath: []).decode(type)
    }
}

// MARK: - Internal

private final class BSONSource {
    let reader: BSONReader
    let options: BSONDecoder

    init(_ reader: BSONReader, _ options: BSONDecoder) { (self.reader, self.options) = (reader, options) }
}

private struct BSONValueDecoder: Decoder {
    let source: BSONSource
    let element: BSONElement
    let codingPath: [any CodingKey]
    /// The key naming of the type being decoded.
    var naming = KeyNaming.plain
    var userInfo: [CodingUserInfoKey: Any] { [:] }
    private var reader: BSONReader { source.reader }
    private var start: Int { element.value.lowerBound }

    init(source: BSONSource, element: BSONElement, codingPath: [any CodingKey], naming: KeyNaming = .plain) {
        (self.source, self.element, self.codingPath, self.naming) = (source, element, codingPath, naming)
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard element.type == .document else { throw mismatch(AnyValueMap.self) }
        try checkDepth()
        let fields = BSONFields(try reader.elements(in: element.value))
        return KeyedDecodingContainer(
            BSONKeyedValues<Key>(source: source, fields: fields, codingPath: codingPath, naming: naming))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard element.type == .array else { throw mismatch([AnyValue].self) }
        try checkDepth()
        return BSONListValues(
            source: source, elements: try reader.elements(in: element.value), codingPath: codingPath, naming: naming)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { self }

    func mismatch(_ type: Any.Type) -> DecodingError {
        let context = DecodingError.Context(codingPath: codingPath, debugDescription: "\(element.type)")
        return decodeNil() ? .valueNotFound(type, context) : .typeMismatch(type, context)
    }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        if type == ObjectID.self, element.type == .objectID, let id = reader.objectID(element.value) as? Value {
            return id
        }
        if type == BSONBinary.self, element.type == .binary, let binary = try reader.binary(element.value) as? Value {
            return binary
        }
        if type == Data.self, element.type == .binary, let data = try reader.binary(element.value).data as? Value {
            return data
        }
        if type == Date.self, element.type == .date, let date = reader.date(at: start) as? Value { return date }
        if type == AnyValueMap.self {
            guard element.type == .document else { throw mismatch(type) }
            if let map = try fields(codingPath.isEmpty) as? Value { return map }
        }
        if type == AnyValue.self, codingPath.isEmpty, let map = AnyValue.map(try fields(true)) as? Value { return map }
        guard ValueForm.isKnown(type) else {
            var decoder = self
            decoder.naming = KeyNaming(type)
            return try Value(from: decoder)
        }
        let dynamic = try reader.value(element)
        guard let value = ValueForm.decoded(type, dynamic) as? Value else {
            guard case .string(let text) = dynamic, type == UUID.self || type == URL.self else { throw mismatch(type) }
            throw DecodingError.dataCorrupted(
                .init(codingPath: codingPath, debugDescription: "'\(text.shortened)' is no \(type)"))
        }
        return value
    }

    /// The document as a map.
    /// - Parameter isWhole: true for the top level, whose fields are renamed.
    private func fields(_ isWhole: Bool) throws -> AnyValueMap {
        var map = try reader.map(in: element.value)
        let id = source.options.rename("id")
        guard isWhole, !id.isSame(as: "id"), let value = map.remove(id) else { return map }
        var renamed: AnyValueMap = ["id": value]
        renamed.append(map)
        map = renamed
        return map
    }

    /// Types may nest as deeply as documents do.
    private func checkDepth() throws {
        if codingPath.count > 2 * BSONLimits.depth { throw BSONFault.damaged("it is nested too deeply") }
    }
}

extension BSONValueDecoder: SingleValueDecodingContainer {
    func decodeNil() -> Bool { element.type == .null || element.type == .undefined }

    func decode(_ type: Bool.Type) throws -> Bool {
        guard element.type == .bool else { throw mismatch(type) }
        return reader.bytes[start] != 0
    }

    func decode(_ type: String.Type) throws -> String {
        switch element.type {
        case .string, .symbol: return try reader.string(element.value)
        case .objectID: return reader.objectID(element.value).description
        case .date: return ISODate.format(reader.date(at: start))
        default: throw mismatch(type)
        }
    }

    func decode(_ type: Double.Type) throws -> Double {
        switch element.type {
        case .double: return reader.double(at: start)
        case .int32: return Double(reader.int32(at: start))
        case .int64: return Double(reader.int64(at: start))
        case .decimal128:
            guard let number = ValueNumber.double(reader.decimal(at: start).value) else { throw mismatch(type) }
            return number
        default: throw mismatch(type)
        }
    }

    func decode(_ type: Float.Type) throws -> Float { Float(try decode(Double.self)) }

    func decode(_ type: Int.Type) throws -> Int { try whole() }
    func decode(_ type: Int8.Type) throws -> Int8 { try whole() }
    func decode(_ type: Int16.Type) throws -> Int16 { try whole() }
    func decode(_ type: Int32.Type) throws -> Int32 { try whole() }
    func decode(_ type: Int64.Type) throws -> Int64 { try whole() }
    func decode(_ type: UInt.Type) throws -> UInt { try whole() }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try whole() }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try whole() }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try whole() }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try whole() }

    private func whole<Number: FixedWidthInteger>() throws -> Number {
        let number: Number? =
            switch element.type {
            case .int32: Number(exactly: reader.int32(at: start))
            case .int64: Number(exactly: reader.int64(at: start))
            case .double: Number(exactly: reader.double(at: start))
            case .decimal128: ValueNumber.whole(reader.decimal(at: start).value)
            default: nil
            }
        guard let number else { throw mismatch(Number.self) }
        return number
    }
}

/// Numbers of dynamic values.
private enum ValueNumber {
    static func double(_ value: AnyValue) -> Double? {
        switch value {
        case .integer(let number): Double(number)
        case .double(let number): number
        case .decimal(let number): number.nearestDouble
        default: nil
        }
    }

    static func whole<Number: FixedWidthInteger>(_ value: AnyValue) -> Number? {
        switch value {
        case .integer(let number): Number(exactly: number)
        case .double(let number): Number(exactly: number)
        case .decimal(let number): Number(number.plainText)
        default: nil
        }
    }
}

/// The fields of a document. Types usually decode them in the order of encoding, so a search starts after the last
/// match.
private final class BSONFields {
    let elements: [BSONElement]
    private var next = 0

    init(_ elements: [BSONElement]) { self.elements = elements }

    func find(_ name: String, in reader: BSONReader) -> BSONElement? {
        for step in elements.indices {
            let index = (next + step) % elements.count
            if reader.isNamed(elements[index], name) {
                next = index + 1
                return elements[index]
            }
        }
        return nil
    }
}

private struct BSONKeyedValues<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let source: BSONSource
    let fields: BSONFields
    let codingPath: [any CodingKey]
    let naming: KeyNaming

    var allKeys: [Key] {
        fields.elements.compactMap { element in
            guard let name = try? source.reader.name(of: element) else { return nil }
            let isID = codingPath.isEmpty && name.isSame(as: source.options.rename("id"))
            return naming.key(named: isID ? "id" : name)
        }
    }

    private func find(_ key: some CodingKey) -> BSONElement? {
        let name = naming.name(key)
        return fields.find(codingPath.isEmpty ? source.options.rename(name) : name, in: source.reader)
    }

    private func decoder(_ key: some CodingKey) throws -> BSONValueDecoder {
        let encoded = naming.encodedKey(key)
        guard let element = find(key) else {
            throw DecodingError.keyNotFound(encoded, .init(codingPath: codingPath, debugDescription: "missing"))
        }
        return BSONValueDecoder(source: source, element: element, codingPath: codingPath + [encoded], naming: naming)
    }

    func contains(_ key: Key) -> Bool { find(key) != nil }

    func decodeNil(forKey key: Key) throws -> Bool {
        guard let element = find(key) else { return true }
        return element.type == .null || element.type == .undefined
    }

    func decode(_ type: String.Type, forKey key: Key) throws -> String {
        // Fast path for the most frequent types, without a nested decoder.
        if let element = find(key), element.type == .string { return try source.reader.string(element.value) }
        return try decoder(key).decode(type)
    }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int {
        if let element = find(key), element.type == .int32 {
            return Int(source.reader.int32(at: element.value.lowerBound))
        }
        return try decoder(key).decode(type)
    }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double {
        if let element = find(key), element.type == .double {
            return source.reader.double(at: element.value.lowerBound)
        }
        return try decoder(key).decode(type)
    }
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try decoder(key).decode(type) }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try decoder(key).decode(type) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try decoder(key).decode(type) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try decoder(key).decode(type) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try decoder(key).decode(type) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try decoder(key).decode(type) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try decoder(key).decode(type) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try decoder(key).decode(type) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try decoder(key).decode(type) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try decoder(key).decode(type) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try decoder(key).decode(type) }
    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try decoder(key).decode(type)
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> { try decoder(key).container(keyedBy: type) }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try decoder(key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { try decoder(NameKey("super")) }
    func superDecoder(forKey key: Key) throws -> any Decoder { try decoder(key) }
}

private struct BSONListValues: UnkeyedDecodingContainer {
    let source: BSONSource
    let elements: [BSONElement]
    let codingPath: [any CodingKey]
    let naming: KeyNaming
    var currentIndex = 0

    init(source: BSONSource, elements: [BSONElement], codingPath: [any CodingKey], naming: KeyNaming) {
        (self.source, self.elements, self.codingPath, self.naming) = (source, elements, codingPath, naming)
    }

    var count: Int? { elements.count }
    var isAtEnd: Bool { currentIndex >= elements.count }

    private mutating func next() throws -> BSONValueDecoder {
        let path = codingPath + [NameKey(currentIndex)]
        guard !isAtEnd else {
            throw DecodingError.valueNotFound(
                AnyValue.self, .init(codingPath: path, debugDescription: "the list has ended"))
        }
        defer { currentIndex += 1 }
        return BSONValueDecoder(source: source, element: elements[currentIndex], codingPath: path, naming: naming)
    }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd, elements[currentIndex].type == .null || elements[currentIndex].type == .undefined else {
            return false
        }
        currentIndex += 1
        return true
    }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try next().decode(type) }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) throws -> KeyedDecodingContainer<Nested>
    {
        try next().container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try next().unkeyedContainer() }
    mutating func superDecoder() throws -> any Decoder { try next() }
}
