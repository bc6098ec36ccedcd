#if PIP_AZURE
import FoundationEssentials

/// Sends telemetry to Application Insights.
final class InsightsSender: Component {
    private let keySetting = Setting<String?>(
        "credential.instrumentation_key", default: nil, secret: true,
        "The instrumentation key, instead of `credential.access_key` or `credential.connection_string`")
    private let key = Locked("")
    let client = AzureClient(.insights, timeout: .seconds(30), connectTimeout: .seconds(30))

    init() {}

    /// The limits of a request.
    private static let (maxCount, maxSize) = (500, 1 << 19)
    /// The status codes of items that the service may accept later.
    private static let repeatable: Set<Int> = [408, 429, 439, 500, 502, 503, 504]

    /// Resolves the address and the key.
    /// - Throws: Misconfiguration `NO_INSTRUMENTATION_KEY` or `BAD_INSTRUMENTATION_KEY`, and as ``AzureClient/open(_:)``.
    func open(_ context: Context) async throws {
        let params = try await client.resolver.resolve(context)
        let key = try Self.key(context, params)
        try await client.open(context)
        self.key.withLock { $0 = key }
    }

    /// Checks the configuration, unless a part of it comes from a discovery service or a credential store.
    func checkConfiguration(_ context: Context) async throws {
        guard !client.resolver.needsLookup else { return }
        _ = try Self.key(context, try await client.resolver.resolve(context))
        try await client.checkConfiguration(context)
    }

    /// Sends items in one or several requests.
    ///
    /// - Parameter telemetry: returns the JSON of an item; nil to omit it.
    /// - Throws: ``UnsavedItems`` with the items to retry. Items that the service rejects permanently are reported to
    ///   standard error.
    func send<Item: Sendable>(_ items: [Item], _ telemetry: (Item, String) -> AnyValue?) async throws {
        let key = key.current
        var rest = items.compactMap { item in
            telemetry(item, key).map { (item: item, line: JSONWriter.bytes(of: $0) + [0x0A]) }
        }[...]
        do {
            while !rest.isEmpty {
                let batch = rest.prefix(Self.count(rest.lazy.map(\.line.count)))
                let again = try await post(batch.flatMap(\.line), batch.count)
                rest = rest.dropFirst(batch.count)
                guard !again.isEmpty else { continue }
                // Temporarily rejected items are sent with the next ones.
                rest = ArraySlice(again.map { batch[batch.startIndex + $0] } + rest)
                throw Self.refused(again.count)
            }
        } catch {
            throw UnsavedItems(rest.map(\.item), cause: error)
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

    /// Returns how many items fit into a request, at least one.
    private static func count(_ sizes: some Sequence<Int>) -> Int {
        var (count, total) = (0, 0)
        for size in sizes {
            total += size
            guard count == 0 || count < maxCount && total <= maxSize else { break }
            count += 1
        }
        return count
    }

    /// Sends the lines of items. Returns the indices of items that the service may accept later.
    private func post(_ body: [UInt8], _ count: Int) async throws -> [Int] {
        let request = AzureRequest(
            "Track", .post, "/v2.1/track", headers: [("Content-Type", "application/x-json-stream")], body: body)
        let response: HTTPClientResponse
        do {
            response = try await client.send(.empty, request)
        } catch let error as ApplicationError where ["REFUSED", "REQUEST_TOO_LARGE"].contains(sameAs: error.code) {
            Self.report(count, error.message)
            return []
        }
        let errors = (try? JSONParser.parse(response.body.bytes ?? []))?["errors"]?.array ?? []
        var again: [Int] = []
        var named: Set<Int> = []
        var lost: (count: Int, message: String) = (0, "")
        for error in errors {
            let status = error["statusCode"]?.getAsNullableInteger() ?? 400
            if Self.repeatable.contains(status), let index = error["index"]?.getAsNullableInteger(),
                (0..<count).contains(index)
            {
                // Retry each item once, even if the response names it several times.
                if named.insert(index).inserted { again.append(index) }
            } else {
                lost = (lost.count + 1, error["message"]?.string?.shortened ?? "")
            }
        }
        if lost.count > 0 {
            Self.report(lost.count, lost.message)
        }
        return again
    }

    private static func report(_ count: Int, _ reason: String) {
        ConsoleLogger().error(
            .empty, error: nil, "Application Insights rejected \(count) items: \(reason)",
            ["dropped": .integer(Int64(count))])
    }
}
#endif
