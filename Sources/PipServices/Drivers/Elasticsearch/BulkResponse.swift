/// The server's result for each record of a bulk request.
struct BulkResponse {
    enum Outcome: Hashable {
        /// The record is stored.
        case saved
        /// A retry may succeed: the server is busy or currently accepts no records.
        case busy(String)
        /// A retry cannot succeed, for example if a field does not match the mapping.
        case rejected(String)
    }

    let outcomes: [Outcome]

    /// - Parameter count: the number of records sent.
    /// - Throws: NoResponse `BAD_RESPONSE` if it is not a bulk response for these records.
    init(_ body: [UInt8], count: Int) throws(ApplicationError) {
        guard let value = try? JSONParser.parse(body), let items = value["items"]?.array, items.count == count else {
            throw .connection(
                code: HTTPFailure.badResponse, "Elasticsearch sent no response to a bulk request of \(count) records")
        }
        outcomes = items.map(Self.outcome)
    }

    // MARK: - Internal

    private static func outcome(_ item: AnyValue) -> Outcome {
        // A single key: the action.
        let result = item.map?.first { _ in true }?.value.map ?? [:]
        let status = result.getAsNullableInteger("status") ?? 0
        if (200..<300).contains(status) { return .saved }
        // The reason may quote the message, so only the kind of failure and the field name are reported.
        let type = result["error"]?["type"]?.string ?? "status \(status)"
        let field = (result["error"]?["reason"]?.string).flatMap(field) ?? ""
        // All other errors are not caused by the record: for example, the index is missing, closed or temporarily
        // read-only, or the cluster has no room for a new one.
        let isState = ["validation_exception", "index_closed_exception"].contains(sameAs: type)
        return [400, 409, 413].contains(status) && !isState ? .rejected(type + field) : .busy(type)
    }

    /// Returns the phrase ` of the field [name]`; nil if the reason contains no field name.
    private static func field(_ reason: String) -> String? {
        guard let (_, rest) = reason.divided(atFirst: "["), let (name, _) = rest.divided(atFirst: "]"),
            !name.isEmpty, name.utf8.count <= 100
        else { return nil }
        return " of [\(name)]"
    }
}
