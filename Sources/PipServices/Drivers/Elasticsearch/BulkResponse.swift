/// What a server said about each record of a bulk request.
struct BulkResponse {
    enum Outcome: Hashable {
        /// It is kept.
        case saved
        /// It may be taken later: the server is busy, or does not take any records.
        case busy(String)
        /// It is never taken, such as a field that does not fit the mapping.
        case rejected(String)
    }

    let outcomes: [Outcome]

    /// - Parameter count: the number of records that were sent.
    /// - Throws: NoResponse `BAD_RESPONSE` for anything else than a bulk response about these records.
    init(_ body: [UInt8], count: Int) throws(ApplicationError) {
        guard let value = try? JSONParser.parse(body), let items = value["items"]?.array, items.count == count else {
            throw .connection(
                code: HTTPFailure.badResponse, "Elasticsearch sent no response to a bulk request of \(count) records")
        }
        outcomes = items.map(Self.outcome)
    }

    // MARK: - Internal

    private static func outcome(_ item: AnyValue) -> Outcome {
        // One key: the action.
        let result = item.map?.first { _ in true }?.value.map ?? [:]
        let status = result.getAsNullableInteger("status") ?? 0
        if (200..<300).contains(status) { return .saved }
        // The reason may quote the message: only what kind of failure it is, and the field it is about, are told.
        let type = result["error"]?["type"]?.string ?? "status \(status)"
        let field = (result["error"]?["reason"]?.string).flatMap(field) ?? ""
        // Everything else is not the fault of the record, such as an index that is missing, closed or
        // read-only for a while, or a cluster that has no room for another one.
        let isState = ["validation_exception", "index_closed_exception"].contains(sameAs: type)
        return [400, 409, 413].contains(status) && !isState ? .rejected(type + field) : .busy(type)
    }

    /// ` of the field [name]`, if a reason names one.
    private static func field(_ reason: String) -> String? {
        guard let (_, rest) = reason.divided(atFirst: "["), let (name, _) = rest.divided(atFirst: "]"),
            !name.isEmpty, name.utf8.count <= 100
        else { return nil }
        return " of [\(name)]"
    }
}
