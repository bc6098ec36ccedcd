/// A document to be stored.
struct MongoDBWrite: Sendable {
    let id: String
    /// The document with its id, without the driver's fields.
    let document: BSONDocument

    init(id: String, _ document: BSONDocument) { (self.id, self.document) = (id, document) }

    var idQuery: BSONValue { .document([.init(MongoDBFields.id, .string(id))]) }

    /// The document with its order value.
    /// - Throws: ``BSONFault`` if it is too large.
    func stamped(_ order: BSONValue?) throws(BSONFault) -> BSONDocument {
        let bytes = try document.adding(order.map { [.init(MongoDBFields.order, $0)] } ?? [])
        guard bytes.count <= BSONLimits.documentSize else { throw .size(bytes.count) }
        return BSONDocument(bytes: bytes)
    }
}

extension BSONDocument {
    /// The bytes with additional fields at the end.
    func adding(_ fields: [BSONValue.Pair]) throws(BSONFault) -> [UInt8] {
        guard !fields.isEmpty else { return bytes }
        let more = try BSONDocument(.document(fields)).bytes
        var writer = BSONWriter()
        let start = writer.begin()
        writer.append(bytes: Array(bytes[4..<bytes.count - 1]))
        writer.append(bytes: Array(more[4..<more.count - 1]))
        writer.end(start)
        if let fault = writer.fault { throw fault }
        return writer.bytes
    }

    /// The BSON value of a field; nil if there is none.
    func raw(_ name: String) throws(BSONFault) -> BSONValue? {
        let reader = BSONReader(bytes)
        return try reader.elements().first { reader.isNamed($0, name) }.map { .raw($0.type, Array(bytes[$0.value])) }
    }

    /// The BSON values of all fields.
    func rawFields() throws(BSONFault) -> [BSONValue.Pair] {
        let reader = BSONReader(bytes)
        var fields: [BSONValue.Pair] = []
        for element in try reader.elements() {
            fields.append(.init(try reader.name(of: element), .raw(element.type, Array(bytes[element.value]))))
        }
        return fields
    }

    /// The BSON value at a path: null if there is none, nil for a list or a path through a list.
    func raw(path: String) throws(BSONFault) -> BSONValue? {
        let reader = BSONReader(bytes)
        var range = bytes.indices
        let parts = PropertyPath.split(path)
        for (index, part) in parts.enumerated() {
            guard let element = try reader.elements(in: range).first(where: { reader.isNamed($0, part) }) else {
                return .value(.null)
            }
            if element.type == .array { return nil }
            if index == parts.count - 1 { return .raw(element.type, Array(bytes[element.value])) }
            guard element.type == .document else { return .value(.null) }
            range = element.value
        }
        return .value(.null)
    }
}
