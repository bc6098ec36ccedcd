#if PIP_AWS
import FoundationEssentials

/// A message in the format of SQS.
struct SQSEntry: Sendable {
    /// The parameters of the SQS request.
    let fields: AnyValueMap
    /// The size that counts for the limits: body and attributes, in bytes.
    let size: Int

    /// The maximum size of a message and of a batch, in bytes.
    static let maxSize = 1 << 20
    /// The maximum size of a message to an SNS topic, in bytes.
    static let maxTopicSize = 1 << 18

    /// - Parameter isReplay: true for a message that was sent before; a FIFO queue must not drop it as a duplicate.
    /// - Throws: BadRequest `MESSAGE_TOO_LARGE`.
    init(
        _ context: Context, _ message: MessageEnvelope, _ queue: SQSQueue, _ random: some RandomSource,
        isReplay: Bool = false
    ) throws(ApplicationError) {
        let key = isReplay ? IdGenerator.nextLong(random) : nil
        try self.init(context, message, isFIFO: queue.isFIFO, queue: queue.name, deduplication: key)
    }

    init(
        _ context: Context, _ message: MessageEnvelope, isFIFO: Bool, queue: String, deduplication: String? = nil,
        group: String? = nil, attributes: [(name: String, value: String)] = [], limit: Int = SQSEntry.maxSize,
        isBare: Bool = false
    ) throws(ApplicationError) {
        let body = Self.body(message, isBare: isBare)
        var all: [(name: String, value: String)] = attributes
        for (name, value) in [("message_type", message.messageType), ("trace_id", message.traceId)] {
            if let value, Self.isAttribute(value) { all.append((name, value)) }
        }
        size = body.utf8.count + all.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 6 }
        guard size <= limit else {
            throw .badRequest(
                code: "MESSAGE_TOO_LARGE",
                "The message has \(size) bytes as it is sent to '\(queue)'; \(limit == Self.maxSize ? "SQS" : "SNS") accepts "
                    + "\(limit), and a payload grows "
                    + "by a third on its way", traceId: context.traceId,
                details: [
                    "queue": .string(queue), "message_id": .string(message.messageId), "size": .integer(Int64(size)),
                    "max_message_size": .integer(Int64(limit)),
                ])
        }
        var fields: AnyValueMap = ["MessageBody": .string(body)]
        var map = AnyValueMap()
        for (name, value) in all { map[name] = ["DataType": "String", "StringValue": .string(value)] }
        if !map.isEmpty { fields["MessageAttributes"] = .map(map) }
        if isFIFO {
            fields["MessageGroupId"] = .string(
                Self.key(group ?? message.group ?? message.messageId))
            fields["MessageDeduplicationId"] = .string(Self.key(deduplication ?? message.messageId))
        }
        self.fields = fields
    }

    /// Creates a dead letter with the reason in its attributes. If that is too large, the dead letter has only the
    /// payload and a short reason, because otherwise the message would be redelivered forever.
    static func deadLetter(
        _ message: MessageEnvelope, _ cause: ErrorDescription, _ queue: SQSQueue, time: Date, _ context: Context
    ) throws(ApplicationError) -> SQSEntry {
        func entry(_ error: ErrorDescription, isBare: Bool) throws(ApplicationError) -> SQSEntry {
            try SQSEntry(
                context, message, isFIFO: queue.isFIFO, queue: queue.name,
                deduplication: "\(message.messageId)-\(message.reference?.token ?? "")",
                // Each can be read independently of earlier ones.
                group: message.messageId,
                attributes: [
                    ("dead_error", reason(error)), ("dead_time", ISODate.format(time)),
                    ("dead_deliveries", "\(message.deliveryCount)"),
                ], isBare: isBare)
        }
        do {
            return try entry(cause, isBare: false)
        } catch {
            var shortest = cause
            (shortest.message, shortest.cause, shortest.details) = (shortest.message.shortened, nil, [:])
            return try entry(shortest, isBare: true)
        }
    }

    // MARK: - Internal

    /// The JSON of an error, limited to a few kilobytes.
    private static func reason(_ error: ErrorDescription) -> String {
        escaped((try? AnyValue(encoding: error.bounded)).map { JSONConverter.toJSON($0) } ?? "{}")
    }

    /// The JSON of the envelope, or the payload alone. A message that could not be parsed keeps its bytes.
    private static func body(_ message: MessageEnvelope, isBare: Bool) -> String {
        if message.defect != nil || isBare, let bytes = message.message,
            let text = String(validating: bytes, as: UTF8.self)
        {
            return text
        }
        return escaped(JSONConverter.toJSON(.map(message.toJSON())))
    }

    /// Escapes the two code points that SQS rejects.
    private static func escaped(_ json: String) -> String {
        json.replacing(text: "\u{FFFE}", with: "\\ufffe").replacing(text: "\u{FFFF}", with: "\\uffff")
    }

    private static func isAttribute(_ value: String) -> Bool {
        (1...256).contains(value.utf8.count) && value.utf8.allSatisfy { (0x20...0x7E).contains($0) }
    }

    /// Group ids and message ids have at most 128 letters, digits and punctuation marks.
    private static func key(_ text: String) -> String {
        let isKey = (1...128).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        return isKey ? text : AWSText.hash(Array(text.utf8))
    }
}
#endif
