/// Decodes a type from generated values and records what it requests.
struct SchemaProbe: Decoder {
    let record: SchemaProbeRecord
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
        record.askForFields()
        return KeyedDecodingContainer(KeyedProbe(record: record))
    }

    func unkeyedContainer() -> any UnkeyedDecodingContainer {
        record.askForSomethingElse()
        return UnkeyedProbe()
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { SingleProbe(record: record) }
}

// MARK: - Internal

private struct KeyedProbe<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let record: SchemaProbeRecord
    var codingPath: [any CodingKey] { [] }

    var allKeys: [Key] {
        record.askForSomethingElse()
        return []
    }

    // Present in some rounds and missing in others, so that both branches of a decoder are observed.
    func contains(_ key: Key) -> Bool {
        record.askForSomethingElse()
        return record.bool
    }

    func decodeNil(forKey key: Key) -> Bool {
        record.askForSomethingElse()
        return !record.bool
    }

    func plain<Value: Decodable>(_ type: Value.Type, _ key: Key) throws -> Value {
        try record.ask(for: record.naming.name(key), type, isOptional: false)
        return try record.sample(of: type)
    }

    func optional<Value: Decodable>(_ type: Value.Type, _ key: Key) throws -> Value? {
        try record.ask(for: record.naming.name(key), type, isOptional: true)
        // Present in some rounds and missing in others.
        return record.bool ? try? record.sample(of: type) : nil
    }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value { try plain(type, key) }
    func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
        try optional(type, key)
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        record.askForSomethingElse()
        return KeyedDecodingContainer(KeyedProbe<Nested>(record: record))
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        record.askForSomethingElse()
        return UnkeyedProbe()
    }

    func superDecoder() throws -> any Decoder {
        record.askForSomethingElse()
        return SchemaProbe(record: record)
    }

    func superDecoder(forKey key: Key) throws -> any Decoder { try superDecoder() }

    // Each primitive type has its own requirement; the default implementation would first ask whether a value exists.
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try plain(type, key) }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try plain(type, key) }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try plain(type, key) }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try plain(type, key) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try plain(type, key) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try plain(type, key) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try plain(type, key) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try plain(type, key) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try plain(type, key) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try plain(type, key) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try plain(type, key) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try plain(type, key) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try plain(type, key) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try plain(type, key) }
    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? { try optional(type, key) }
    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? { try optional(type, key) }
    func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? { try optional(type, key) }
    func decodeIfPresent(_ type: Float.Type, forKey key: Key) throws -> Float? { try optional(type, key) }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? { try optional(type, key) }
    func decodeIfPresent(_ type: Int8.Type, forKey key: Key) throws -> Int8? { try optional(type, key) }
    func decodeIfPresent(_ type: Int16.Type, forKey key: Key) throws -> Int16? { try optional(type, key) }
    func decodeIfPresent(_ type: Int32.Type, forKey key: Key) throws -> Int32? { try optional(type, key) }
    func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? { try optional(type, key) }
    func decodeIfPresent(_ type: UInt.Type, forKey key: Key) throws -> UInt? { try optional(type, key) }
    func decodeIfPresent(_ type: UInt8.Type, forKey key: Key) throws -> UInt8? { try optional(type, key) }
    func decodeIfPresent(_ type: UInt16.Type, forKey key: Key) throws -> UInt16? { try optional(type, key) }
    func decodeIfPresent(_ type: UInt32.Type, forKey key: Key) throws -> UInt32? { try optional(type, key) }
    func decodeIfPresent(_ type: UInt64.Type, forKey key: Key) throws -> UInt64? { try optional(type, key) }
}

private struct UnkeyedProbe: UnkeyedDecodingContainer {
    var codingPath: [any CodingKey] { [] }
    var count: Int? { 0 }
    var isAtEnd: Bool { true }
    var currentIndex: Int { 0 }

    func decodeNil() throws -> Bool { throw SchemaProbeRecord.NoSample() }
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { throw SchemaProbeRecord.NoSample() }
    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) throws -> KeyedDecodingContainer<Nested> {
        throw SchemaProbeRecord.NoSample()
    }
    func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { throw SchemaProbeRecord.NoSample() }
    func superDecoder() throws -> any Decoder { throw SchemaProbeRecord.NoSample() }
}

private struct SingleProbe: SingleValueDecodingContainer {
    let record: SchemaProbeRecord
    var codingPath: [any CodingKey] { [] }

    func decodeNil() -> Bool {
        record.askForSomethingElse()
        return false
    }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        record.askForSingle(SchemaField("", type, isOptional: false))
        return try record.sample(of: type)
    }
}
