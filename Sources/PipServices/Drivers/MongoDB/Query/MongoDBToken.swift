import FoundationEssentials

/// A page token: the sort key values of the last document of a page, as returned by the server. It is valid in all
/// instances of a service, and after a restart.
struct MongoDBToken {
    let values: [BSONValue]

    init(values: [BSONValue]) { self.values = values }

    /// - Parameters:
    ///   - question: the checksum of filter and sort order.
    ///   - count: the number of sort keys.
    /// - Throws: BadRequest `BAD_TOKEN` if the string is not a token of this filter and order.
    init(_ text: String, question: String, count: Int, _ context: Context) throws(ApplicationError) {
        guard text.utf8.count <= 100_000, let data = Data(base64Encoded: text), let token = Self.read(Array(data)),
            token.question.isSame(as: question), token.values.count == count
        else {
            throw .badRequest(
                code: "BAD_TOKEN",
                "The page token is none of this list; ask for the first page again, without a token",
                traceId: context.traceId)
        }
        values = token.values
    }

    /// The token's string.
    func text(question: String) throws(BSONFault) -> String {
        let document = try BSONDocument(["q": .string(question), "v": .array(values)] as BSONValue)
        return Data(document.bytes).base64EncodedString()
    }

    /// The checksum of filter and sort order.
    static func question(_ filter: BSONDocument, _ sort: BSONDocument) -> String {
        Checksum(filter.bytes + sort.bytes).text
    }

    // MARK: - Internal

    private static func read(_ bytes: [UInt8]) -> (question: String, values: [BSONValue])? {
        let reader = BSONReader(bytes)
        guard let fields = try? reader.elements(), fields.count == 2, reader.isNamed(fields[0], "q"),
            reader.isNamed(fields[1], "v"), case .string(let question)? = try? reader.value(fields[0]),
            fields[1].type == .array, let elements = try? reader.elements(in: fields[1].value)
        else { return nil }
        var values: [BSONValue] = []
        for element in elements {
            // Fully readable values are valid. Objects and scripts are not valid sort keys.
            guard (try? reader.value(element)) != nil, element.type != .document, element.type != .array else {
                return nil
            }
            values.append(.raw(element.type, Array(bytes[element.value])))
        }
        return (question, values)
    }
}
