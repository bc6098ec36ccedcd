#if PIP_AZURE
import FoundationEssentials

/// Sends telemetry to Application Insights.
final class InsightsSender: Component {
    private let keySetting = Setting<String?>(
        "credential.instrumentation_key", default: nil, secret: true,
        "The instrumentation key, in place of `credential.access_key` or `credential.connection_string`")
    private let key = Locked("")
    let client = AzureClient(.insights, timeout: .seconds(30), connectTimeout: .seconds(30))

    init() {}

    /// The limits of a request.
    private static let (maxCount, maxSize) = (500, 1 << 19)
    /// What the service may accept later.
    private static let repeatable: Set<Int> = [408, 429, 439, 500, 502, 503, 504]

    /// Finds the address and the key.
    /// - Throws: Misconfiguration `NO_INSTRUMENTATION_KEY` or `BAD_INSTRUMENTATION_KEY`, and as ``AzureClient/open(_:)``.
    func open(_ context: Context) async throws {
        let params = try await client.resolver.resolve(context)
        let key = try Self.key(context, params)
        try await client.open(context)
        self.key.withLock { $0 = key }
    }

    /// Checks the configuration, unless it has to be looked up.
    func checkConfiguration(_ context: Context) async throws {
        guard !client.resolver.needsLookup else { return }
        _ = try Self.key(context, try await client.resolver.resolve(context))
        try await client.checkConfiguration(context)
    }

    /// Sends items, by one request or several.
    ///
    /// - Parameter telemetry: the JSON of an item; nil for one that is left out.
    /// - Throws: ``UnsavedItems`` with those that may be sent again. What the service refuses for good is reported to
    ///   standard error.
    func send<Item: Sendable>(_ items: [Item], _ telemetry: (Item, String) -> AnyValue?) async throws {
        let key = key.current
        var rest = items[...]
        do {
            while !rest.isEmpty {
                let (batch, body) = Self.batch(rest) { telemetry($0, key) }
                let again = body.isEmpty ? [] : try await post(batch, body)
                rest = rest.dropFirst(batch.count)
                // Those that were refused for now are sent with the next ones.
                if !again.isEmpty {
                    rest = ArraySlice(again.compactMap { $0 < batch.count ? batch[$0] : nil } + rest)
                    throw Self.refused(again.count)
                }
            }
        } catch {
            throw UnsavedItems(Array(rest), cause: error)
        }
    }

    // MARK: - Internal

    private static func refused(_ count: Int) -> ApplicationError {
        .connection(code: "UNAVAILABLE", "Application Insights did not accept \(count) items for now")
    }

    private static func key(
        _ context: Context, _ params: AzureConnectionParams
    ) throws(ApplicationError) -> String {
        guard let key = params.config.text("instrumentation_key", "access_key") else {
            throw .config(
                code: "NO_INSTRUMENTATION_KEY", key: "credential.instrumentation_key",
                "'credential.instrumentation_key' is missing; expected the key of an Application Insights resource, there "
                    + "or in 'credential.connection_string'", traceId: context.traceId)
        }
        let parts = key.parts(separatedBy: "-")
        let isKey =
            parts.map(\.utf8.count) == [8, 4, 4, 4, 12]
            && parts.allSatisfy { $0.utf8.allSatisfy { $0.hexDigitValue != nil } }
        guard isKey else {
            throw .config(
                code: "BAD_INSTRUMENTATION_KEY", key: "credential.instrumentation_key",
                "'credential.instrumentation_key' is (not shown); expected a key of the form "
                    + "00000000-0000-0000-0000-000000000000", traceId: context.traceId)
        }
        return key
    }

    /// The next items that fit into a request, and its lines.
    private static func batch<Item>(
        _ items: ArraySlice<Item>, _ telemetry: (Item) -> AnyValue?
    ) -> (items: [Item], body: [UInt8]) {
        var (batch, body): ([Item], [UInt8]) = ([], [])
        for item in items {
            let line = telemetry(item).map { JSONWriter.bytes(of: $0) } ?? []
            guard batch.isEmpty || batch.count < maxCount && body.count + line.count < maxSize else { break }
            // Indices in the response count lines.
            guard !line.isEmpty || batch.isEmpty else { break }
            batch.append(item)
            if line.isEmpty { break }
            body += line + [0x0A]
        }
        return (batch, body)
    }

    /// Sends lines. Returns the indices of those that the service may accept later.
    private func post<Item>(_ batch: [Item], _ body: [UInt8]) async throws -> [Int] {
        let request = AzureRequest(
            "Track", .post, "/v2.1/track", headers: [("Content-Type", "application/x-json-stream")], body: body)
        let response = try await client.send(.empty, request)
        let errors = (try? JSONParser.parse(response.body.bytes ?? []))?["errors"]?.array ?? []
        var again: [Int] = []
        var lost: (count: Int, message: String) = (0, "")
        for error in errors {
            let status = error["statusCode"]?.getAsNullableInteger() ?? 400
            if Self.repeatable.contains(status), let index = error["index"]?.getAsNullableInteger(), index >= 0 {
                again.append(index)
            } else {
                lost = (lost.count + 1, error["message"]?.string?.shortened ?? "")
            }
        }
        if lost.count > 0 {
            ConsoleLogger().error(
                .empty, error: nil, "Application Insights rejected \(lost.count) items: \(lost.message)",
                ["dropped": .integer(Int64(lost.count))])
        }
        return again
    }
}
#endif
