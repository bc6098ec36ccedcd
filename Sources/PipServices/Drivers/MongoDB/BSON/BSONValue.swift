/// A part of a command: dynamic values or encoded BSON.
enum BSONValue: Sendable, Hashable {
    case value(AnyValue)
    /// An encoded value of a type.
    case raw(BSONType, [UInt8])
    /// An integer that must have 64 bits.
    case int64(Int64)
    case array([BSONValue])
    case document([Pair])

    struct Pair: Sendable, Hashable {
        let name: String
        let value: BSONValue

        init(_ name: String, _ value: BSONValue) { (self.name, self.value) = (name, value) }
    }

    static func document(_ document: BSONDocument) -> BSONValue { .raw(.document, document.bytes) }
    static func string(_ text: String) -> BSONValue { .value(.string(text)) }
    static func integer(_ number: Int) -> BSONValue { .value(.integer(Int64(number))) }
    static func bool(_ value: Bool) -> BSONValue { .value(.bool(value)) }

    /// Writes a top-level document. Other values are written as an empty document.
    func write(_ writer: inout BSONWriter) {
        switch self {
        case .document(let pairs):
            let start = writer.begin()
            for pair in pairs {
                let position = writer.bytes.count
                writer.element(.null, pair.name)
                pair.value.write(&writer, at: position)
            }
            writer.end(start)
        case .raw(.document, let bytes): writer.append(bytes: bytes)
        case .value(.map(let map)): writer.append(map, isStored: false)
        case .value, .raw, .int64, .array: writer.end(writer.begin())
        }
    }

    private func write(_ writer: inout BSONWriter, at position: Int) {
        switch self {
        case .value(let value): writer.append(value, at: position, isStored: false)
        case .raw(let type, let bytes):
            writer.setType(type, at: position)
            writer.append(bytes: bytes)
        case .int64(let number):
            writer.setType(.int64, at: position)
            writer.append(number)
        case .array(let values):
            writer.setType(.array, at: position)
            let start = writer.begin()
            for (index, value) in values.enumerated() {
                let position = writer.bytes.count
                writer.element(.null, index)
                value.write(&writer, at: position)
            }
            writer.end(start)
        case .document:
            writer.setType(.document, at: position)
            write(&writer)
        }
    }
}

extension BSONValue: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral {
    init(dictionaryLiteral elements: (String, BSONValue)...) { self = .document(elements.map { Pair($0.0, $0.1) }) }
    init(arrayLiteral elements: BSONValue...) { self = .array(elements) }
}
