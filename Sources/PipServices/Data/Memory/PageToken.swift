import FoundationEssentials

/// The content of a paging token: the last item of the page, and the query to which the page belongs.
struct PageToken {
    var run: String
    var question: String
    var values: [AnyValue]
    var position: Int

    init(run: String, question: String, values: [AnyValue], position: Int) {
        self.run = run
        self.question = question
        self.values = values
        self.position = position
    }

    /// - Throws: BadRequest `BAD_TOKEN` unless it is a token of this run and query.
    init(_ text: String, _ context: Context, run: String, question: String) throws(ApplicationError) {
        guard text.utf8.count <= 100_000, let data = Data(base64Encoded: text),
            let parts = try? JSONConverter.fromJSON(String(decoding: data, as: UTF8.self)).array, parts.count == 4,
            parts[0].string.isSame(as: run), parts[1].string.isSame(as: question), let values = parts[2].array,
            case .integer(let position) = parts[3]
        else {
            throw .badRequest(
                code: "BAD_TOKEN",
                "The page token does not belong to this list; request the first page again, without a token",
                traceId: context.traceId)
        }
        self.init(run: run, question: question, values: values.map(Self.decoded), position: Int(clamping: position))
    }

    var text: String {
        let json = JSONConverter.toJSON(
            AnyValue.array([
                .string(run), .string(question), .array(values.map(Self.encoded)), .integer(Int64(position)),
            ]))
        return Data(json.utf8).base64EncodedString()
    }

    // MARK: - Internal

    /// Encodes a value. JSON has no dates and no NaN, and does not distinguish 1 from 1.0.
    private static func encoded(_ value: AnyValue) -> AnyValue {
        switch value {
        case .date(let date): ["date": .string(String(date.timeIntervalSinceReferenceDate.bitPattern))]
        case .double(let number): ["double": .string(String(number.bitPattern))]
        case .array(let values): ["array": .array(values.map(encoded))]
        case .map(let map): ["map": .map(AnyValueMap(map.map { ($0.key, encoded($0.value)) }))]
        default: value
        }
    }

    private static func decoded(_ value: AnyValue) -> AnyValue {
        guard let map = value.map else { return value }
        if let bits = map["date"]?.string.flatMap({ UInt64($0) }) {
            return .date(Date(timeIntervalSinceReferenceDate: Double(bitPattern: bits)))
        }
        if let bits = map["double"]?.string.flatMap({ UInt64($0) }) { return .double(Double(bitPattern: bits)) }
        if let values = map["array"]?.array { return .array(values.map(decoded)) }
        if let map = map["map"]?.map { return .map(AnyValueMap(map.map { ($0.key, decoded($0.value)) })) }
        return .null
    }
}
