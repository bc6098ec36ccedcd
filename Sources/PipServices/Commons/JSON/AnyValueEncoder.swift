import FoundationEssentials

extension AnyValue {
    /// Encodes a value as a dynamic value. Dates stay dates, truncated to milliseconds. A `Decimal` becomes an exact
    /// number, a `Duration` a number of milliseconds. `URL` and `UUID` (in lower case) become strings, and `Data`
    /// base64.
    /// - Throws: BadRequest `CANNOT_ENCODE` if the value can't be encoded.
    public init(encoding value: some Encodable) throws(ApplicationError) {
        do {
            self = try EncodedNode.encode(value, path: []).value
        } catch {
            throw ApplicationError.badRequest(code: "CANNOT_ENCODE", "The value can't be encoded", cause: error)
        }
    }
}

extension AnyValue: Encodable {
    /// Encodes the value without a wrapper.
    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .map(let map): try map.encode(to: encoder)
        case .array(let values):
            var container = encoder.unkeyedContainer()
            for value in values { try container.encode(value) }
        default:
            var container = encoder.singleValueContainer()
            switch self {
            case .null, .map, .array: try container.encodeNil()
            case .bool(let value): try container.encode(value)
            case .integer(let value): try container.encode(value)
            case .double(let value): try container.encode(value)
            case .decimal(let value): try container.encode(value)
            case .string(let value): try container.encode(value)
            case .date(let value): try container.encode(ISODate.format(value))
            }
        }
    }
}

extension AnyValueMap: Encodable {
    /// Encodes the values under their names.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: NameKey.self)
        for (name, value) in storage { try container.encode(value, forKey: NameKey(name.text)) }
    }
}

/// A coding key with any name.
struct NameKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(_ name: String) {
        stringValue = name
        intValue = nil
    }

    init(_ index: Int) {
        stringValue = String(index)
        intValue = index
    }

    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { self.init(intValue) }
}

// MARK: - Internal

/// The content that an encoder has received so far. Containers may be filled in any order, so the tree consists of
/// references and is read once at the end.
private enum EncodedNode {
    case value(AnyValue)
    case keyed(KeyedStorage)
    case unkeyed(UnkeyedStorage)
    case deferred(ValueEncoder)

    var value: AnyValue {
        switch self {
        case .value(let value): return value
        case .keyed(let storage):
            var map = AnyValueMap()
            map.reserveCapacity(storage.nodes.count)
            for (name, node) in storage.nodes { map[name] = node.value }
            return .map(map)
        case .unkeyed(let storage): return .array(storage.nodes.map(\.value))
        case .deferred(let encoder): return encoder.node?.value ?? .map([:])
        }
    }

    static func encode(_ value: some Encodable, path: [any CodingKey]) throws -> EncodedNode {
        if let value = ValueForm.encoded(value) { return .value(value) }
        let encoder = ValueEncoder(codingPath: path, naming: KeyNaming(type(of: value)))
        try value.encode(to: encoder)
        return encoder.node ?? .value(.map([:]))
    }
}

private final class KeyedStorage {
    var nodes: [(String, EncodedNode)] = []
}

private final class UnkeyedStorage {
    var nodes: [EncodedNode] = []
}

private final class ValueEncoder: Encoder {
    let codingPath: [any CodingKey]
    let userInfo: [CodingUserInfoKey: Any] = [:]
    let naming: KeyNaming
    var node: EncodedNode?

    init(codingPath: [any CodingKey], naming: KeyNaming) {
        self.codingPath = codingPath
        self.naming = naming
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        let storage: KeyedStorage
        if case .keyed(let present) = node { storage = present } else { storage = KeyedStorage() }
        node = .keyed(storage)
        return KeyedEncodingContainer(KeyedContainer<Key>(storage: storage, codingPath: codingPath, naming: naming))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        let storage: UnkeyedStorage
        if case .unkeyed(let present) = node { storage = present } else { storage = UnkeyedStorage() }
        node = .unkeyed(storage)
        return UnkeyedContainer(storage: storage, codingPath: codingPath, naming: naming)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { SingleContainer(encoder: self) }
}

private struct KeyedContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let storage: KeyedStorage
    let codingPath: [any CodingKey]
    let naming: KeyNaming

    private func put(_ value: AnyValue, _ key: Key) { put(.value(value), key) }
    private func put(_ node: EncodedNode, _ key: Key) { storage.nodes.append((naming.name(key), node)) }
    private func path(_ key: Key) -> [any CodingKey] { codingPath + [naming.encodedKey(key)] }

    func encodeNil(forKey key: Key) { put(.null, key) }
    func encode(_ value: Bool, forKey key: Key) { put(.bool(value), key) }
    func encode(_ value: String, forKey key: Key) { put(.string(value), key) }
    func encode(_ value: Double, forKey key: Key) { put(.double(value), key) }
    func encode(_ value: Float, forKey key: Key) { put(.double(value.shortestDouble), key) }
    func encode(_ value: Int, forKey key: Key) { put(.integer(Int64(value)), key) }
    func encode(_ value: Int8, forKey key: Key) { put(.integer(Int64(value)), key) }
    func encode(_ value: Int16, forKey key: Key) { put(.integer(Int64(value)), key) }
    func encode(_ value: Int32, forKey key: Key) { put(.integer(Int64(value)), key) }
    func encode(_ value: Int64, forKey key: Key) { put(.integer(value), key) }
    func encode(_ value: UInt, forKey key: Key) throws { try encode(UInt64(value), forKey: key) }
    func encode(_ value: UInt8, forKey key: Key) { put(.integer(Int64(value)), key) }
    func encode(_ value: UInt16, forKey key: Key) { put(.integer(Int64(value)), key) }
    func encode(_ value: UInt32, forKey key: Key) { put(.integer(Int64(value)), key) }
    func encode(_ value: UInt64, forKey key: Key) throws { put(try unsigned(value, path(key)), key) }

    func encode(_ value: some Encodable, forKey key: Key) throws {
        put(try EncodedNode.encode(value, path: path(key)), key)
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy keyType: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        let nested = KeyedStorage()
        put(.keyed(nested), key)
        return KeyedEncodingContainer(
            KeyedContainer<Nested>(storage: nested, codingPath: path(key), naming: naming))
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        let nested = UnkeyedStorage()
        put(.unkeyed(nested), key)
        return UnkeyedContainer(storage: nested, codingPath: path(key), naming: naming)
    }

    func superEncoder() -> any Encoder { superEncoder(named: NameKey("super")) }
    func superEncoder(forKey key: Key) -> any Encoder { superEncoder(named: naming.encodedKey(key)) }

    private func superEncoder(named key: any CodingKey) -> any Encoder {
        let encoder = ValueEncoder(codingPath: codingPath + [key], naming: naming)
        storage.nodes.append((key.stringValue, .deferred(encoder)))
        return encoder
    }
}

private struct UnkeyedContainer: UnkeyedEncodingContainer {
    let storage: UnkeyedStorage
    let codingPath: [any CodingKey]
    let naming: KeyNaming
    var count: Int { storage.nodes.count }

    func encodeNil() { storage.nodes.append(.value(.null)) }

    func encode(_ value: some Encodable) throws {
        storage.nodes.append(try EncodedNode.encode(value, path: codingPath + [NameKey(count)]))
    }

    func nestedContainer<Nested: CodingKey>(keyedBy keyType: Nested.Type) -> KeyedEncodingContainer<Nested> {
        let nested = KeyedStorage()
        storage.nodes.append(.keyed(nested))
        return KeyedEncodingContainer(
            KeyedContainer<Nested>(storage: nested, codingPath: codingPath, naming: naming))
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        let nested = UnkeyedStorage()
        storage.nodes.append(.unkeyed(nested))
        return UnkeyedContainer(storage: nested, codingPath: codingPath, naming: naming)
    }

    func superEncoder() -> any Encoder {
        let encoder = ValueEncoder(codingPath: codingPath, naming: naming)
        storage.nodes.append(.deferred(encoder))
        return encoder
    }
}

private struct SingleContainer: SingleValueEncodingContainer {
    let encoder: ValueEncoder
    var codingPath: [any CodingKey] { encoder.codingPath }

    private func put(_ value: AnyValue) { encoder.node = .value(value) }

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
    func encode(_ value: UInt) throws { try encode(UInt64(value)) }
    func encode(_ value: UInt8) { put(.integer(Int64(value))) }
    func encode(_ value: UInt16) { put(.integer(Int64(value))) }
    func encode(_ value: UInt32) { put(.integer(Int64(value))) }
    func encode(_ value: UInt64) throws { put(try unsigned(value, codingPath)) }
    func encode(_ value: some Encodable) throws { encoder.node = try EncodedNode.encode(value, path: codingPath) }
}

/// Throws instead of rounding to a double: a rounded number could be another id.
private func unsigned(_ value: UInt64, _ path: [any CodingKey]) throws -> AnyValue {
    if let value = Int64(exactly: value) { return .integer(value) }
    throw EncodingError.invalidValue(
        value, .init(codingPath: path, debugDescription: "\(value) exceeds the range of Int64; encode it as a string"))
}
