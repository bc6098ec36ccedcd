/// Sends records to Elasticsearch in bulk requests. Creates the index template first.
final class BulkSender: Component {
    private let index = Setting("index", default: ElasticSearchIndexName.log, "The index")
    private let isDaily = Setting("daily", default: false, "True for daily indexes, with the date as a suffix")
    private let dateFormat = Setting(
        "date_format", default: ElasticSearchDateFormat.compact, "The format of the date suffix of a daily index")
    private let indexesMessage = Setting(
        "options.index_message", default: false, "True to index the text of messages for searching")
    private let hasType = Setting(
        "options.include_type_name", default: false, "True for indexes with a type, as in Elasticsearch 6")
    private let maxBulkSize = Setting(
        "options.max_bulk_size", default: 5_000_000, in: 1..., "The maximum size of a bulk request, in bytes")
    private let reconnect = Setting(
        "options.reconnect", default: Duration.seconds(60), in: Duration.zero...,
        "Has no effect; accepted for files of other editions. A server is tried again after `options.circuit_pause`")
    private let random = RandomSlot()
    private let client = HTTPDriverClient(
        "elasticsearch", port: 9200, isOptional: false, timeout: .seconds(30), retriesAliases: ["options.max_retries"])
    private let hasTemplate = Locked(false)

    init() {}

    func open(_ context: Context) async throws {
        hasTemplate.withLock { $0 = false }
        try await client.open(context)
    }

    func close() { client.close() }

    /// Creates a record for a message.
    func record(_ message: LogMessage) -> BulkRecord { BulkRecord(id: IdGenerator.nextLong(random), message: message) }

    /// Sends records. Rejected records are reported to standard error and dropped.
    /// - Throws: ``UnsavedItems`` with the records to retry, and the reason.
    func send(_ records: [BulkRecord]) async throws {
        var pending = records
        do {
            try await createTemplate()
            let policy = client.resilience.retryPolicy
            for attempt in 0... {
                let busy = try await sendOnce(&pending)
                guard let busy else { return }
                guard attempt < policy.retries else { throw busy }
                try await client.resilience.clockSource.sleep(for: policy.pause(before: attempt, random))
            }
        } catch {
            throw UnsavedItems(pending, cause: error)
        }
    }

    // MARK: - Internal

    /// Sends all records once, and removes the completed ones.
    /// - Returns: why the others were not accepted; nil if there are none.
    private func sendOnce(_ pending: inout [BulkRecord]) async throws -> ApplicationError? {
        var busy: [BulkRecord] = []
        var reasons: [String] = []
        var rest = pending[...]
        defer { pending = busy + rest }
        while !rest.isEmpty {
            var (count, body) = bulk(rest)
            while true {
                let response = try await post(body)
                if (200..<300).contains(response.status) {
                    let outcomes = try BulkResponse(response.body.bytes ?? [], count: count).outcomes
                    var rejected: [String] = []
                    for (record, outcome) in zip(rest, outcomes) {
                        switch outcome {
                        case .saved: break
                        case .busy(let reason):
                            busy.append(record)
                            reasons.append(reason)
                        case .rejected(let reason): rejected.append(reason)
                        }
                    }
                    rest = rest.dropFirst(count)
                    report(rejected)
                    break
                }
                // Too large, or one bad record: try each half.
                guard [400, 413].contains(response.status) else { throw Self.failure(response, "bulk request") }
                guard count > 1 else {
                    rest = rest.dropFirst()
                    report(["status \(response.status)"])
                    break
                }
                (count, body) = bulk(rest.prefix((count + 1) / 2))
            }
        }
        guard let reason = reasons.first else { return nil }
        return .connection(code: "BUSY", "Elasticsearch did not accept \(busy.count) records yet: \(reason)")
    }

    private func post(_ body: [UInt8]) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(
            .post, "/_bulk",
            headers: [
                ("Content-Type", "application/x-ndjson"), ("Accept", "application/json"),
                // Records have ids, so sending them again is idempotent.
                (HTTPFieldNames.idempotencyKey, IdGenerator.nextLong(random)),
            ], body: HTTPBody(body))
        request.maxResponseSize = 64 << 20
        return try await client.send(.empty, request)
    }

    /// Takes as many records as fit into a request, at least one.
    private func bulk(_ records: ArraySlice<BulkRecord>) -> (count: Int, body: [UInt8]) {
        var (count, body): (Int, [UInt8]) = (0, [])
        for record in records {
            let lines = record.lines(index: index(of: record.message), hasType: hasType())
            guard count == 0 || body.count + lines.count <= maxBulkSize() else { break }
            body += lines
            count += 1
        }
        return (count, body)
    }

    /// The index for a message: a daily index is that of the day on which it was logged.
    private func index(of message: LogMessage) -> String {
        isDaily() ? "\(index().text)-\(dateFormat().format(message.time))" : index().text
    }

    private func report(_ reasons: [String]) {
        guard let reason = reasons.first else { return }
        ConsoleLogger().error(
            .empty, "Elasticsearch rejected \(reasons.count) log messages, which are dropped: \(reason)",
            ["dropped": .integer(Int64(reasons.count))])
    }

    /// Creates the index template once after opening. If the server does not permit it, documents are sent without it.
    private func createTemplate() async throws {
        guard !hasTemplate.current else { return }
        var response = try await putTemplate(isComposable: !hasType())
        if !hasType(), [400, 404, 405].contains(response.status) {
            // For versions before 7.8.
            let older = try await putTemplate(isComposable: false)
            if (200..<300).contains(older.status) { response = older }
        }
        if !(200..<300).contains(response.status) {
            guard response.status < 500, response.status != 429, response.status != 401 else {
                throw Self.failure(response, "index template")
            }
            ConsoleLogger().warn(
                .empty,
                "Elasticsearch did not create the index template '\(templateName)' (status \(response.status)): "
                    + "documents get the mapping that the server chooses")
        }
        hasTemplate.withLock { $0 = true }
    }

    private var templateName: String { "pip-services-\(index().text)\(isDaily() ? ".daily" : "")" }

    private func putTemplate(isComposable: Bool) async throws -> HTTPClientResponse {
        let schema = ElasticSearchSchema(indexesMessage: indexesMessage(), hasType: hasType())
        let pattern = isDaily() ? "\(index().text)-*" : index().text
        let path = isComposable ? "/_index_template/" : "/_template/"
        var request = HTTPClientRequest(
            .put, path + PercentCoding.encode(templateName) + (hasType() ? "?include_type_name=true" : ""),
            headers: [("Content-Type", "application/json"), ("Accept", "application/json")],
            body: HTTPBody(JSONWriter.bytes(of: schema.template(pattern, isComposable: isComposable))))
        request.maxResponseSize = 1 << 20
        return try await client.send(.empty, request)
    }

    private static func failure(_ response: HTTPClientResponse, _ what: String) -> ApplicationError {
        let error = (try? JSONParser.parse(response.body.bytes ?? []))?["error"]
        let type = error?["type"]?.string ?? error?.string
        let code = response.status == 401 || response.status == 403 ? "ACCESS_DENIED" : "REFUSED"
        return .connection(
            code: code,
            "Elasticsearch refused the \(what) with status \(response.status)" + (type.map { ": \($0)" } ?? ""),
            details: ["status": .integer(Int64(response.status))])
    }
}
