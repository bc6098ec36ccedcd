#if PIP_AZURE
/// The operations of the queue service of Azure Storage.
struct StorageQueues: Sendable {
    let client: AzureClient

    /// The maximum number of messages in one request.
    static let maxCount = 32

    /// Creates a queue. Does nothing if it exists.
    func create(_ context: Context, _ queue: String) async throws {
        _ = try await send(context, queue, AzureRequest("Create Queue", .put, "/\(queue)"))
    }

    /// Returns the approximate number of messages, including invisible ones.
    /// - Throws: NotFound `UNKNOWN_QUEUE`.
    func count(_ context: Context, _ queue: String) async throws -> Int {
        let response = try await send(
            context, queue,
            AzureRequest("Get Queue Metadata", .get, "/\(queue)", query: [("comp", "metadata")]))
        return max(0, response[header: "x-ms-approximate-messages-count"].flatMap { Int($0.trimmed) } ?? 0)
    }

    /// Sends a message that never expires.
    func put(_ context: Context, _ queue: String, _ text: String) async throws {
        _ = try await send(
            context, queue,
            AzureRequest(
                "Put Message", .post, "/\(queue)/messages", query: [("messagettl", "-1")], headers: Self.xml,
                body: Array("<QueueMessage><MessageText>\(Self.escaped(text))</MessageText></QueueMessage>".utf8)))
    }

    /// Receives messages and makes them invisible to other receivers.
    func get(_ context: Context, _ queue: String, _ limit: Int, visibility: Duration) async throws -> [StorageMessage] {
        try await messages(
            context, queue, "Get Messages",
            [("numofmessages", "\(limit)"), ("visibilitytimeout", "\(max(1, Self.seconds(visibility)))")])
    }

    /// Returns the next messages, which stay visible.
    func peek(_ context: Context, _ queue: String, _ limit: Int) async throws -> [StorageMessage] {
        try await messages(
            context, queue, "Peek Messages",
            [("peekonly", "true"), ("numofmessages", "\(min(limit, Self.maxCount))")])
    }

    /// Makes a message invisible for a duration from now.
    /// - Returns: the new receipt.
    @discardableResult
    func update(
        _ context: Context, _ queue: String, _ ticket: StorageTicket, visibility: Duration,
        by session: AzureSession? = nil
    ) async throws -> StorageTicket {
        let request = AzureRequest(
            "Update Message", .put, "/\(queue)/messages/\(AzureText.encoded(ticket.id))",
            query: [("popreceipt", ticket.receipt), ("visibilitytimeout", "\(Self.seconds(visibility))")])
        let response = try await send(context, queue, request, by: session)
        return StorageTicket(id: ticket.id, receipt: response[header: "x-ms-popreceipt"]?.trimmed ?? ticket.receipt)
    }

    /// Removes a message.
    func delete(_ context: Context, _ queue: String, _ ticket: StorageTicket) async throws {
        _ = try await send(
            context, queue,
            AzureRequest(
                "Delete Message", .delete, "/\(queue)/messages/\(AzureText.encoded(ticket.id))",
                query: [("popreceipt", ticket.receipt)]))
    }

    /// Removes all messages.
    func clear(_ context: Context, _ queue: String) async throws {
        _ = try await send(context, queue, AzureRequest("Clear Messages", .delete, "/\(queue)/messages"))
    }

    // MARK: - Internal

    private static let xml: [(name: String, value: String)] = [("Content-Type", "application/xml; charset=utf-8")]

    private func messages(
        _ context: Context, _ queue: String, _ operation: String, _ query: [(name: String, value: String)]
    ) async throws -> [StorageMessage] {
        let request = AzureRequest(operation, .get, "/\(queue)/messages", query: query)
        let response = try await send(context, queue, request)
        guard
            let messages = StorageMessage.list(
                response.body.bytes ?? [], now: client.resilience.clockSource.now)
        else { throw client.badResponse(context, operation) }
        return messages
    }

    private func send(
        _ context: Context, _ queue: String, _ request: AzureRequest, by session: AzureSession? = nil
    ) async throws -> HTTPClientResponse {
        do {
            return try await client.send(context, request, by: session)
        } catch let error as ApplicationError where error.azureCode == "QueueNotFound" {
            throw ApplicationError.notFound(
                code: "UNKNOWN_QUEUE", "There is no queue '\(queue)' in Azure Storage", traceId: context.traceId,
                details: ["queue": .string(queue)], cause: error)
        }
    }

    private static func escaped(_ text: String) -> String {
        text.replacing(text: "&", with: "&amp;").replacing(text: "<", with: "&lt;").replacing(text: ">", with: "&gt;")
            .replacing(text: "\r", with: "&#13;")
    }

    /// Whole seconds, rounded up, at most the seven days that Azure accepts.
    private static func seconds(_ time: Duration) -> Int {
        let time = min(max(time, .zero), .seconds(604_800))
        return Int(time.components.seconds) + (time.components.attoseconds > 0 ? 1 : 0)
    }
}

/// The id and receipt for updating and deleting a received message.
struct StorageTicket: Sendable {
    let id: String
    let receipt: String

    init(id: String, receipt: String) { (self.id, self.receipt) = (id, receipt) }

    init(_ message: StorageMessage) { self.init(id: message.id, receipt: message.receipt) }

    /// Parses a ticket from one string.
    init(_ text: String) {
        let (id, receipt) = text.divided(atFirst: " ") ?? ("", text[...])
        self.init(id: String(id), receipt: String(receipt))
    }

    var text: String { "\(id) \(receipt)" }
}
#endif
