/// A server's reply to a command.
struct MongoDBReply {
    private let reader: BSONReader
    private let fields: [BSONElement]

    /// - Throws: `badReply`.
    init(_ document: BSONDocument) throws(MongoDBFault) {
        reader = BSONReader(document.bytes)
        do throws(BSONFault) {
            fields = try reader.elements()
        } catch {
            throw MongoDBFault(.badReply, error.reason)
        }
    }

    /// - Throws: the fault of the first failed write.
    func check() throws(MongoDBFault) {
        let writeError = try value("writeErrors")?.array?.first
        let concernError = try value("writeConcernError")
        if let error = writeError ?? concernError {
            throw MongoDBFault(
                code: Int(clamping: error["code"]?.getAsLong() ?? 0), error["errmsg"]?.string ?? "the write failed")
        }
    }

    /// An integer in the reply; 0 if it is missing.
    func number(_ name: String) throws(MongoDBFault) -> Int { Int(clamping: try value(name)?.getAsLong() ?? 0) }

    /// The document in a field; nil if there is none.
    func document(_ name: String) throws(MongoDBFault) -> BSONDocument? {
        guard let field = field(name), field.type == .document else { return nil }
        return BSONDocument(bytes: Array(reader.bytes[field.value]))
    }

    /// The value in a field.
    func value(_ name: String) throws(MongoDBFault) -> AnyValue? {
        guard let field = field(name) else { return nil }
        do throws(BSONFault) {
            return try reader.value(field)
        } catch {
            throw MongoDBFault(.badReply, error.reason)
        }
    }

    /// The reply's cursor and its documents.
    func cursor() throws(MongoDBFault) -> (id: Int64, documents: [BSONDocument]) {
        guard let cursor = field("cursor"), cursor.type == .document else {
            throw MongoDBFault(.badReply, "it has no cursor")
        }
        do throws(BSONFault) {
            var (id, documents): (Int64, [BSONDocument]) = (0, [])
            for field in try reader.elements(in: cursor.value) {
                if reader.isNamed(field, "id"), field.type == .int64 { id = reader.int64(at: field.value.lowerBound) }
                guard reader.isNamed(field, "firstBatch") || reader.isNamed(field, "nextBatch") else { continue }
                guard field.type == .array else { throw .damaged("a batch is not a list") }
                for element in try reader.elements(in: field.value) where element.type == .document {
                    documents.append(BSONDocument(bytes: Array(reader.bytes[element.value])))
                }
            }
            return (id, documents)
        } catch {
            throw MongoDBFault(.badReply, error.reason)
        }
    }

    // MARK: - Internal

    private func field(_ name: String) -> BSONElement? { fields.first { reader.isNamed($0, name) } }
}
