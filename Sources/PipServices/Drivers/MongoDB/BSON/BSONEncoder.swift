import FoundationEssentials

/// Encodes `Codable` values directly into MongoDB documents.
///
/// Dates are stored as dates in whole milliseconds, integers with 32 or 64 bits as needed, and a `Decimal` as a double
/// if that has the same digits, otherwise as Decimal128. `URL`, `UUID`, `Data` and `Duration` are stored as in JSON, so
/// that portable filters match them; ``ObjectID`` and ``BSONBinary`` are stored as their BSON types.
struct BSONEncoder {
    /// Maps the names of the top-level fields to those in MongoDB.
    var rename: @Sendable (String) -> String = { $0 }
    /// Names that top-level fields must not have.
    var reserved: [String] = []

    /// Encodes a document.
    /// - Throws: ``BSONFault``; errors of the value.
    func encode(_ value: some Encodable) throws -> [UInt8] {
        let output = BSONOutput(self)
        try output.encode(value, at: nil, path: [])
        if let fault = output.writer.fault { throw fault }
        return output.writer.bytes
    }
}

// MARK: - Internal

/// The output of encoders. Values in nested `encode` calls are written in sequence. Requested containers, which may be
/// filled later, have their own output until the enclosing value is complete.
private final class BSONOutput {
    let options: BSONEncoder
    var writer = BSONWriter()

    init(_ options: BSONEncoder) { self.options = options }

    /// Writes the value of the element that starts at a position; nil for the document itself.
    func encode<Value: Encodable>(_ value: Value, at position: Int?, path: [any CodingKey]) throws {
        if let position, put(value, at: position, path) { return }
        guard path.count < BSONLimits.depth else {
            writer.fail(.depth)
            return
        }
        let encoder = BSONValueEncoder(
            output: self, position: position, codingPath: path, naming: KeyNaming(type(of: value)))
        if position == nil, let map = value as? AnyValueMap ?? (value as? AnyValue)?.map {
            try map.encode(to: encoder)
        } else {
            try value.encode(to: encoder)
        }
        try encoder.finish()
    }

    /// Writes a value of a type with a special form.
    private func put<Value: Encodable>(_ value: Value, at position: Int, _ path: [any CodingKey]) -> Bool {
        let type = Value.self
        if type == ObjectID.self, let id = value as? ObjectID {
            writer.setType(.objectID, at: position)
            writer.append(bytes: id.bytes)
            return true
        }
        if type == BSONBinary.self, let binary = value as? BSONBinary {
            writer.setType(.binary, at: position)
            writer.append(Int32(truncatingIfNeeded: binary.data.count))
            writer.append(bytes: [binary.subtype] + binary.data)
            return true
        }
        guard let known = ValueForm.encoded(value) else { return false }
        writer.append(known, at: position, isStored: true, depth: path.count)
        return true
    }
}

private final class BSONValueEncoder: Encoder {
    private enum State {
        case empty
        case document(Int)
        case list(Int)
        case value
    }

    /// A container that is filled until this value is complete, and then inserted.
    private struct Pending {
        let place: Int
        let encoder: BSONValueEncoder
    }

    let output: BSONOutput
    /// The start of the element; nil for a document without an element.
    let position: Int?
    let codingPath: [any CodingKey]
    /// The key naming of the type being encoded.
    let naming: KeyNaming
    let userInfo: [CodingUserInfoKey: Any] = [:]
    var count = 0
    private var state = State.empty
    private var pending: [Pending] = []

    init(output: BSONOutput, position: Int?, codingPath: [any CodingKey], naming: KeyNaming) {
        (self.output, self.position, self.codingPath, self.naming) = (output, position, codingPath, naming)
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        openDocument()
        return KeyedEncodingContainer(BSONKeyedContainer<Key>(encoder: self))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        openList()
        return BSONListContainer(encoder: self)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { BSONSingleContainer(encoder: self) }

    func openDocument() {
        guard case .empty = state else { return }
        if let position { output.writer.setType(.document, at: position) }
        state = .document(output.writer.begin())
    }

    func openList() {
        guard case .empty = state else { return }
        // A list instead of a document is an error that readers would not understand.
        guard let position else { return output.writer.fail(Self.noDocument) }
        output.writer.setType(.array, at: position)
        state = .list(output.writer.begin())
    }

    /// The start of a single value's element; nil if there is none.
    func single() -> Int? {
        state = .value
        if position == nil { output.writer.fail(Self.noDocument) }
        return position
    }

    func header(_ key: some CodingKey) -> Int {
        let place = output.writer.bytes.count
        let name = naming.name(key)
        if position == nil, codingPath.isEmpty {
            if output.options.reserved.contains(sameAs: name) { output.writer.fail(.reserved(name)) }
            output.writer.storedElement(.null, output.options.rename(name))
        } else {
            output.writer.storedElement(.null, name)
        }
        return place
    }

    func nextHeader() -> Int {
        let place = output.writer.bytes.count
        output.writer.element(.null, count)
        count += 1
        return place
    }

    /// An encoder for the element that starts at `place`, which is filled later.
    func later(_ place: Int, _ key: (any CodingKey)?) -> BSONValueEncoder {
        // The header moves to the other output, and returns with the value.
        let other = BSONOutput(output.options)
        let header = Array(output.writer.bytes[place...])
        output.writer.cut(at: place)
        other.writer.append(bytes: header)
        let encoder = BSONValueEncoder(
            output: other, position: 0, codingPath: codingPath + (key.map { [$0] } ?? []), naming: naming)
        pending.append(Pending(place: place, encoder: encoder))
        return encoder
    }

    func finish() throws {
        if case .empty = state { openDocument() }
        for pending in pending.reversed() {
            try pending.encoder.finish()
            if let fault = pending.encoder.output.writer.fault { output.writer.fail(fault) }
            output.writer.insert(pending.encoder.output.writer.bytes, at: pending.place)
        }
        switch state {
        case .document(let start), .list(let start): output.writer.end(start)
        case .empty, .value: break
        }
    }

    private static let noDocument = BSONFault(
        kind: .value, reason: "A single value or a list cannot be a document of MongoDB; expected fields with names")
}

extension BSONFault {
    fileprivate static func reserved(_ name: String) -> BSONFault {
        BSONFault(kind: .name, reason: "The field name '\(name)' is used by the driver; expected another one")
    }
}

private struct BSONKeyedContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let encoder: BSONValueEncoder
    var codingPath: [any CodingKey] { encoder.codingPath }
    private var output: BSONOutput { encoder.output }

    init(encoder: BSONValueEncoder) { self.encoder = encoder }

    private func put(_ value: Int64, _ key: Key) {
        let place = encoder.header(key)
        output.writer.append(value, at: place)
    }

    func encodeNil(forKey key: Key) { _ = encoder.header(key) }
    func encode(_ value: Bool, forKey key: Key) {
        output.writer.setType(.bool, at: encoder.header(key))
        output.writer.append(value)
    }
    func encode(_ value: String, forKey key: Key) {
        output.writer.setType(.string, at: encoder.header(key))
        output.writer.append(value)
    }
    func encode(_ value: Double, forKey key: Key) {
        if !value.isFinite { output.writer.fail(.number(value)) }
        output.writer.setType(.double, at: encoder.header(key))
        output.writer.append(value)
    }
    func encode(_ value: Float, forKey key: Key) { encode(value.shortestDouble, forKey: key) }
    func encode(_ value: Int, forKey key: Key) { put(Int64(value), key) }
    func encode(_ value: Int8, forKey key: Key) { put(Int64(value), key) }
    func encode(_ value: Int16, forKey key: Key) { put(Int64(value), key) }
    func encode(_ value: Int32, forKey key: Key) { put(Int64(value), key) }
    func encode(_ value: Int64, forKey key: Key) { put(value, key) }
    func encode(_ value: UInt, forKey key: Key) { encode(UInt64(value), forKey: key) }
    func encode(_ value: UInt8, forKey key: Key) { put(Int64(value), key) }
    func encode(_ value: UInt16, forKey key: Key) { put(Int64(value), key) }
    func encode(_ value: UInt32, forKey key: Key) { put(Int64(value), key) }
    func encode(_ value: UInt64, forKey key: Key) {
        if let small = Int64(exactly: value) { put(small, key) } else { output.writer.fail(.unsigned(value)) }
    }

    func encode(_ value: some Encodable, forKey key: Key) throws {
        try output.encode(value, at: encoder.header(key), path: codingPath + [encoder.naming.encodedKey(key)])
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> { encoder.later(encoder.header(key), key).container(keyedBy: type) }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        encoder.later(encoder.header(key), key).unkeyedContainer()
    }

    func superEncoder() -> any Encoder { encoder.later(encoder.header(NameKey("super")), NameKey("super")) }
    func superEncoder(forKey key: Key) -> any Encoder { encoder.later(encoder.header(key), key) }
}

private struct BSONListContainer: UnkeyedEncodingContainer {
    let encoder: BSONValueEncoder
    var codingPath: [any CodingKey] { encoder.codingPath }
    var count: Int { encoder.count }

    func encodeNil() { _ = encoder.nextHeader() }

    func encode(_ value: some Encodable) throws {
        let key = NameKey(count)
        try encoder.output.encode(value, at: encoder.nextHeader(), path: codingPath + [key])
    }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        encoder.later(encoder.nextHeader(), NameKey(count)).container(keyedBy: type)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        encoder.later(encoder.nextHeader(), NameKey(count)).unkeyedContainer()
    }

    func superEncoder() -> any Encoder { encoder.later(encoder.nextHeader(), NameKey(count)) }
}

private struct BSONSingleContainer: SingleValueEncodingContainer {
    let encoder: BSONValueEncoder
    var codingPath: [any CodingKey] { encoder.codingPath }

    private func put(_ value: AnyValue) {
        guard let position = encoder.single() else { return }
        encoder.output.writer.append(value, at: position, isStored: true, depth: codingPath.count)
    }

    func encodeNil() { put(.null) }
    func encode(_ value: Bool) { put(.bool(value)) }
    func encode(_ value: String) { put(.string(value)) }
    func encode(_ value: Double) { put(.double(value)) }
    func encode(_ value: Float) { put(.double(value.shortestDouble)) }
    func encode(_ value: Int) { put(.integer(Int64(value))) }
    func encode(_ value: Int8) { put(.integer(Int64(value))) }
    func encode(_ value: Int16) { put(.integer(Int64(value))) }
    func encode(_ value: Int32) { put(.integer(Int64(value))) }
    func encode(_ value: Int64) { put(.integer(value)) }
    func encode(_ value: UInt) { encode(UInt64(value)) }
    func encode(_ value: UInt8) { put(.integer(Int64(value))) }
    func encode(_ value: UInt16) { put(.integer(Int64(value))) }
    func encode(_ value: UInt32) { put(.integer(Int64(value))) }
    func encode(_ value: UInt64) {
        if let small = Int64(exactly: value) {
            put(.integer(small))
        } else {
            encoder.output.writer.fail(.unsigned(value))
        }
    }

    func encode(_ value: some Encodable) throws {
        // A wrapper without fields of its own is encoded as its value, also instead of a document.
        if encoder.position != nil { _ = encoder.single() } else { encoder.delegate() }
        try encoder.output.encode(value, at: encoder.position, path: codingPath)
    }
}

extension BSONValueEncoder {
    fileprivate func delegate() { state = .value }
}

extension BSONFault {
    fileprivate static func unsigned(_ value: UInt64) -> BSONFault {
        BSONFault(kind: .value, reason: "The number \(value) is larger than MongoDB's whole numbers; store it as text")
    }
}
