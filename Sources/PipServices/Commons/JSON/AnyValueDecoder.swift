import FoundationEssentials

extension AnyValue {
    /// Decodes a type from the dynamic value.
    /// - Throws: BadRequest `INVALID_DATA` with the path and the expected type.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws(ApplicationError) -> Value {
        do {
            return try ValueDecoder(value: self, codingPath: []).decode(type)
        } catch let error as DecodingError {
            throw ValidationError.error(traceId: nil, results: [ValidationResult(error)])
        } catch {
            throw ApplicationError.badRequest(code: "INVALID_DATA", "The value can't be decoded", cause: error)
        }
    }
}

extension AnyValue {
    /// Returns the problems with decoding a type from the value. Empty if it can be decoded.
    func findings<Value: Decodable>(decoding type: Value.Type) -> [ValidationResult] {
        do {
            _ = try ValueDecoder(value: self, codingPath: []).decode(type)
            return []
        } catch let error as DecodingError {
            return [ValidationResult(error)]
        } catch {
            return [.error("", "BAD_VALUE", "value has a value that is not allowed", expected: nil, actual: nil)]
        }
    }
}

extension AnyValue: Decodable {
    /// Decodes any value.
    public init(from decoder: any Decoder) throws {
        if let decoder = decoder as? ValueDecoder {
            self = decoder.value
        } else if let map = try? AnyValueMap(from: decoder) {
            self = .map(map)
        } else if var container = try? decoder.unkeyedContainer() {
            var values: [AnyValue] = []
            while !container.isAtEnd { values.append(try container.decode(AnyValue.self)) }
            self = .array(values)
        } else {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .null
            } else if let value = try? container.decode(Bool.self) {
                self = .bool(value)
            } else if let value = try? container.decode(Int64.self) {
                self = .integer(value)
            } else if let value = try? container.decode(Decimal.self) {
                self = AnyValue(value)
            } else if let value = try? container.decode(Double.self) {
                self = .double(value)
            } else {
                self = .string(try container.decode(String.self))
            }
        }
    }
}

extension AnyValueMap: Decodable {
    /// Decodes a map.
    public init(from decoder: any Decoder) throws {
        if let decoder = decoder as? ValueDecoder {
            guard let map = decoder.value.map else { throw decoder.mismatch(AnyValueMap.self) }
            self = map
            return
        }
        let container = try decoder.container(keyedBy: NameKey.self)
        self.init()
        for key in container.allKeys { self[key.stringValue] = try container.decode(AnyValue.self, forKey: key) }
    }
}

// MARK: - Internal

/// A value that can't be decoded, with the expected type.
struct UnexpectedValue: Error {
    let expected: String
}

private struct ValueDecoder: Decoder {
    let value: AnyValue
    let codingPath: [any CodingKey]
    /// The key naming of the type being decoded.
    var naming = KeyNaming.plain
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard let map = value.map else { throw mismatch([String: AnyValue].self) }
        return KeyedDecodingContainer(KeyedValues<Key>(map: map, codingPath: codingPath, naming: naming))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard let array = value.array else { throw mismatch([AnyValue].self) }
        return UnkeyedValues(array: array, codingPath: codingPath, naming: naming)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { self }

    func mismatch(_ type: Any.Type) -> DecodingError {
        let context = DecodingError.Context(
            codingPath: codingPath, debugDescription: TypeConverter.toTypeCode(value).description)
        return value.isNull ? .valueNotFound(type, context) : .typeMismatch(type, context)
    }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        guard ValueForm.isKnown(type) else {
            do {
                var decoder = self
                decoder.naming = KeyNaming(type)
                return try Value(from: decoder)
            } catch DecodingError.dataCorrupted(let context)
                where type is any RawRepresentable.Type && context.underlyingError == nil
                && context.codingPath.count == codingPath.count
            {
                throw corrupted("one of the values of \(type)")
            }
        }
        guard let result = ValueForm.decoded(type, value) as? Value else {
            guard case .string = value, let form = ValueForm.textForm(of: type) else { throw mismatch(type) }
            throw corrupted(form)
        }
        return result
    }

    /// Returns the error for a value of the right type that is not allowed.
    private func corrupted(_ expected: String) -> DecodingError {
        .dataCorrupted(
            .init(
                codingPath: codingPath, debugDescription: "expected \(expected)",
                underlyingError: UnexpectedValue(expected: expected)))
    }
}

extension ValueDecoder: SingleValueDecodingContainer {
    func decodeNil() -> Bool { value.isNull }

    func decode(_ type: Bool.Type) throws -> Bool {
        guard case .bool(let value) = value else { throw mismatch(type) }
        return value
    }

    func decode(_ type: String.Type) throws -> String {
        switch value {
        case .string(let text): return text
        case .date(let date): return ISODate.format(date)
        default: throw mismatch(type)
        }
    }

    func decode(_ type: Double.Type) throws -> Double {
        switch value {
        case .double(let value): return value
        case .integer(let value): return Double(value)
        case .decimal(let value): return value.nearestDouble
        default: throw mismatch(type)
        }
    }

    func decode(_ type: Float.Type) throws -> Float {
        let number = try decode(Double.self)
        let value = Float(number)
        guard value.isFinite || !number.isFinite else { throw corrupted("a number in the range of Float") }
        return value
    }

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
            switch value {
            case .integer(let value): Number(exactly: value)
            case .double(let value): Number(exactly: value)
            case .decimal(let value): Number(value.plainText)
            default: nil
            }
        guard let number else { throw mismatch(Number.self) }
        return number
    }
}

private struct KeyedValues<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let map: AnyValueMap
    let codingPath: [any CodingKey]
    let naming: KeyNaming

    var allKeys: [Key] { map.keys.compactMap { naming.key(named: $0) } }

    func contains(_ key: Key) -> Bool { map[naming.name(key)] != nil }

    private func decoder(_ key: some CodingKey) throws -> ValueDecoder {
        let encoded = naming.encodedKey(key)
        guard let value = map[encoded.stringValue] else {
            throw DecodingError.keyNotFound(encoded, .init(codingPath: codingPath, debugDescription: "missing"))
        }
        return ValueDecoder(value: value, codingPath: codingPath + [encoded], naming: naming)
    }

    func decodeNil(forKey key: Key) throws -> Bool { map[naming.name(key)]?.isNull ?? true }
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try decoder(key).decode(type) }
    func decode(_ type: String.Type, forKey key: Key) throws -> String {
        // The most common case, without the cost of a nested decoder.
        if case .string(let text) = map[naming.name(key)] { return text }
        return try decoder(key).decode(type)
    }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try decoder(key).decode(type) }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try decoder(key).decode(type) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try decoder(key).decode(type) }
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
    ) throws -> KeyedDecodingContainer<Nested> {
        try decoder(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try decoder(key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { try decoder(NameKey("super")) }
    func superDecoder(forKey key: Key) throws -> any Decoder { try decoder(key) }
}

private struct UnkeyedValues: UnkeyedDecodingContainer {
    let array: [AnyValue]
    let codingPath: [any CodingKey]
    let naming: KeyNaming
    var currentIndex = 0

    init(array: [AnyValue], codingPath: [any CodingKey], naming: KeyNaming) {
        self.array = array
        self.codingPath = codingPath
        self.naming = naming
    }

    var count: Int? { array.count }
    var isAtEnd: Bool { currentIndex >= array.count }

    private mutating func next() throws -> ValueDecoder {
        let path = codingPath + [NameKey(currentIndex)]
        guard !isAtEnd else {
            throw DecodingError.valueNotFound(
                AnyValue.self, .init(codingPath: path, debugDescription: "the list has ended"))
        }
        defer { currentIndex += 1 }
        return ValueDecoder(value: array[currentIndex], codingPath: path, naming: naming)
    }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd, array[currentIndex].isNull else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try next().decode(type) }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
        try next().container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try next().unkeyedContainer() }
    mutating func superDecoder() throws -> any Decoder { try next() }
}
