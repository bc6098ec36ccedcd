#if PIP_AZURE
import FoundationEssentials

/// A table of Azure Storage as a key-value store, on which ``CloudStorageTableLock`` is built.
///
/// Each value is an entity of one partition. Expiration is measured by the clock of Azure, which sets the timestamps of
/// entities and the dates of responses, so the clocks of callers need not agree.
final class StorageTable: KeyValueConnector, Component {
    private let tableName = Setting(
        "table", aliases: ["connection.table"], default: "locks", "The table")
    private let autoCreate = Setting(
        "options.auto_create", default: true, "True to create the table if it is missing")
    private let client: AzureClient

    init(_ client: AzureClient = AzureClient(.table)) { self.client = client }

    /// Entities remain until they are removed.
    var capabilities: KeyValueCapabilities { [.durable, .signedCounters] }
    /// The service dates its responses by the second.
    var ttlResolution: Duration { .seconds(1) }

    /// True while the connection is open.
    var isOpen: Bool { client.isOpen }

    /// Opens the connection, and creates the table if it is missing.
    func open(_ context: Context) async throws {
        try checkName(context)
        try await client.open(context)
        guard autoCreate() else { return }
        do {
            try await create(context)
        } catch {
            client.close()
            throw error
        }
    }

    func close() { client.close() }

    /// Checks the name of the table and the connection. The connection is not checked if a part of it comes from a
    /// discovery service or a credential store.
    /// - Throws: Misconfiguration `BAD_TABLE_NAME`, and those of ``AzureClient/open(_:)``.
    func checkConfiguration(_ context: Context) async throws {
        try checkName(context)
        try await client.checkConfiguration(context)
    }

    func get(_ context: Context, _ key: String) async throws -> [UInt8]? {
        try await find(context, key).flatMap { $0.isExpired ? nil : $0.value }
    }

    func set(_ context: Context, _ key: String, _ value: [UInt8], ttl: Duration?) async throws {
        if let ttl, ttl <= .zero {
            try await delete(context, key)
            return
        }
        let row = Row(key)
        _ = try await client.send(
            context, try request(context, "Insert Or Replace Entity", .put, row, body: entity(row, value, ttl)))
    }

    func add(_ context: Context, _ key: String, _ value: [UInt8], ttl: Duration?) async throws -> Bool {
        if let ttl, ttl <= .zero { return try await get(context, key) == nil }
        return try await insert(context, key, value, ttl, isUnique: true)
    }

    @discardableResult
    func delete(_ context: Context, _ key: String) async throws -> Bool {
        guard let found = try await find(context, key) else { return false }
        return try await remove(context, Row(key), tag: "*") && !found.isExpired
    }

    func compareAndSet(
        _ context: Context, _ key: String, expected: [UInt8], _ value: [UInt8], ttl: Duration?
    ) async throws -> Bool {
        if let ttl, ttl <= .zero { return try await compareAndDelete(context, key, expected: expected) }
        for _ in 0..<Self.attempts {
            guard let found = try await find(context, key), !found.isExpired, found.value == expected else {
                return false
            }
            if try await replace(context, Row(key), found, value, ttl) { return true }
        }
        return false
    }

    func compareAndDelete(_ context: Context, _ key: String, expected: [UInt8]) async throws -> Bool {
        for _ in 0..<Self.attempts {
            guard let found = try await find(context, key), !found.isExpired, found.value == expected else {
                return false
            }
            if try await remove(context, Row(key), tag: found.tag) { return true }
        }
        return false
    }

    func increment(_ context: Context, _ key: String, by amount: Int64) async throws -> Int64 {
        for _ in 0..<Self.counterAttempts {
            let found = try await find(context, key).flatMap { $0.isExpired ? nil : $0 }
            guard let found else {
                // An expired value is replaced.
                let sum = Array("\(amount)".utf8)
                if try await insert(context, key, sum, nil, isUnique: false) { return amount }
                continue
            }
            guard let number = Int64(String(decoding: found.value, as: UTF8.self)) else {
                throw ApplicationError.counter("NOT_A_NUMBER", "The value of '\(key)' is no whole number", context, key)
            }
            let (sum, isTooLarge) = number.addingReportingOverflow(amount)
            if isTooLarge {
                throw ApplicationError.counter("OUT_OF_RANGE", "The counter '\(key)' would pass 64 bits", context, key)
            }
            if try await replace(context, Row(key), found, Array("\(sum)".utf8), found.ttl) { return sum }
        }
        throw ApplicationError.conflict(
            code: "CONFLICT", "The counter '\(key)' was changed by others at each attempt", traceId: context.traceId,
            details: ["key": .string(key)])
    }

    // MARK: - Internal

    /// An entity and its expiration by the clock of Azure.
    private struct Entity: Sendable {
        let value: [UInt8]
        let ttl: Duration?
        let tag: String
        let isExpired: Bool
    }

    /// The name of an entity in its partition.
    private struct Row: Sendable {
        let text: String

        /// Invalid keys are escaped, and long ones are hashed.
        init(_ key: String) {
            var bytes: [UInt8] = []
            for byte in key.utf8 {
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                    bytes.append(byte)
                default: bytes += [UInt8(ascii: "~")] + AzureText.hex(byte)
                }
            }
            let isShort = (1...500).contains(bytes.count)
            text = isShort ? String(decoding: bytes, as: UTF8.self) : "~~" + AzureText.hash(key)
        }

        var path: String { "(PartitionKey='\(StorageTable.partition)',RowKey='\(text)')" }
    }

    fileprivate static let partition = "lock"
    private static let json: [(name: String, value: String)] = [("Content-Type", "application/json")]
    /// The maximum number of attempts to update an entity that others change concurrently.
    private static let (attempts, counterAttempts) = (3, 50)
    /// The maximum size of a property value, in bytes.
    private static let maxSize = 65_536

    private func checkName(_ context: Context) throws(ApplicationError) {
        let name = tableName()
        let isName = name.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            default: false
            }
        }
        let startsWithDigit = name.utf8.first.map { (0x30...0x39).contains($0) } ?? true
        guard isName, !startsWithDigit, (3...63).contains(name.utf8.count) else {
            throw .config(
                code: "BAD_TABLE_NAME", key: "table",
                "'table' is '\(name.shortened)'; expected 3 to 63 letters and digits that begin with a letter",
                traceId: context.traceId)
        }
    }

    private func create(_ context: Context) async throws {
        let body = JSONWriter.bytes(of: ["TableName": .string(tableName())])
        do {
            _ = try await client.send(
                context,
                AzureRequest(
                    "Create Table", .post, "/Tables", headers: Self.json + [("Prefer", "return-no-content")],
                    body: body))
        } catch let error as ApplicationError where error.azureCode == "TableAlreadyExists" {}
    }

    private func request(
        _ context: Context, _ operation: String, _ method: HTTPMethod, _ row: Row, tag: String? = nil,
        body value: AnyValueMap? = nil
    ) throws(ApplicationError) -> AzureRequest {
        var request = AzureRequest(operation, method, "/\(tableName())\(row.path)")
        if let tag { request.headers.append(("If-Match", tag)) }
        if let value {
            request.headers += Self.json
            request.body = try body(context, value)
        }
        return request
    }

    private func entity(_ row: Row, _ value: [UInt8], _ ttl: Duration?) -> AnyValueMap {
        var map: AnyValueMap = [
            "PartitionKey": .string(Self.partition), "RowKey": .string(row.text),
            "Value": .string(AzureText.base64(value)), "Value@odata.type": "Edm.Binary",
        ]
        guard let ttl else { return map }
        let milliseconds = max(1, ttl.wholeMilliseconds)
        map["Ttl"] = .string("\(milliseconds)")
        map["Ttl@odata.type"] = "Edm.Int64"
        // For the .NET edition and for human readers.
        let end = client.resilience.clockSource.now.addingTimeInterval(Double(min(milliseconds, 1 << 46)) / 1000)
        map["Expired"] = .string(ISODate.format(end))
        map["Expired@odata.type"] = "Edm.DateTime"
        return map
    }

    /// - Throws: BadRequest `VALUE_TOO_LARGE`.
    private func body(_ context: Context, _ entity: AnyValueMap) throws(ApplicationError) -> [UInt8] {
        let size = (entity["Value"]?.string?.utf8.count ?? 0) / 4 * 3
        guard size <= Self.maxSize else {
            throw .badRequest(
                code: "VALUE_TOO_LARGE", "The value has \(size) bytes; Azure Storage accepts \(Self.maxSize)",
                traceId: context.traceId, details: ["size": .integer(Int64(size))])
        }
        return JSONWriter.bytes(of: .map(entity))
    }

    private func find(_ context: Context, _ key: String) async throws -> Entity? {
        let request = try self.request(context, "Get Entity", .get, Row(key))
        let response: HTTPClientResponse
        do {
            response = try await client.send(context, request)
        } catch let error as ApplicationError where error.azureCode == "ResourceNotFound" {
            return nil
        }
        guard let fields = (try? JSONParser.parse(response.body.bytes ?? []))?.map, let tag = response[header: "ETag"]
        else { throw client.badResponse(context, request.operation) }
        let own = client.resilience.clockSource.now
        // Fractions of a second are dropped, so an entity expires up to a second late and never early.
        let now = response[header: "Date"].flatMap { RetryAfter.date($0, now: own) } ?? own
        let ttl = fields["Ttl"]?.getAsNullableLong()
        var end: Date?
        if let ttl, let start = fields["Timestamp"]?.string.flatMap(ISODate.parse) {
            // Both times are truncated to milliseconds.
            end = start.addingTimeInterval((Double(ttl) + 2) / 1000)
        } else {
            end = fields["Expired"]?.string.flatMap(ISODate.parse)
        }
        let value = fields["Value"]?.string.flatMap { Data(base64Encoded: $0) }
        return Entity(
            value: value.map { Array($0) } ?? [], ttl: ttl.map { .milliseconds($0) }, tag: tag,
            isExpired: end.map { $0 <= now } ?? false)
    }

    /// Adds an entity unless there is one.
    /// - Parameter isUnique: true if no other caller adds the same value, so that an existing one was added by an
    ///   earlier attempt.
    private func insert(
        _ context: Context, _ key: String, _ value: [UInt8], _ ttl: Duration?, isUnique: Bool
    ) async throws -> Bool {
        let row = Row(key)
        for _ in 0..<Self.attempts {
            do {
                var request = AzureRequest("Insert Entity", .post, "/\(tableName())", headers: Self.json)
                request.headers.append(("Prefer", "return-no-content"))
                request.body = try body(context, entity(row, value, ttl))
                _ = try await client.send(context, request)
                return true
            } catch let error as ApplicationError where error.azureCode == "EntityAlreadyExists" {
                guard let found = try await find(context, key) else { continue }
                // The response to an earlier attempt was lost.
                if !found.isExpired { return isUnique && found.value == value }
                if try await replace(context, row, found, value, ttl) { return true }
            }
        }
        return false
    }

    /// Replaces an entity. False if it was changed or removed meanwhile.
    private func replace(
        _ context: Context, _ row: Row, _ found: Entity, _ value: [UInt8], _ ttl: Duration?
    ) async throws -> Bool {
        do {
            _ = try await client.send(
                context,
                try request(context, "Update Entity", .put, row, tag: found.tag, body: entity(row, value, ttl)))
            return true
        } catch let error as ApplicationError where Self.isChanged(error) {
            return false
        }
    }

    /// Removes an entity. False if it was changed meanwhile. A missing entity was removed by an earlier attempt whose
    /// response was lost.
    private func remove(_ context: Context, _ row: Row, tag: String) async throws -> Bool {
        do {
            _ = try await client.send(context, try request(context, "Delete Entity", .delete, row, tag: tag))
            return true
        } catch let error as ApplicationError where error.azureCode == "ResourceNotFound" {
            return true
        } catch let error as ApplicationError where Self.isChanged(error) {
            return false
        }
    }

    private static func isChanged(_ error: ApplicationError) -> Bool {
        ["UpdateConditionNotSatisfied", "ConditionNotMet", "ResourceNotFound"].contains {
            $0.isSame(as: error.azureCode ?? "")
        }
    }
}
#endif
