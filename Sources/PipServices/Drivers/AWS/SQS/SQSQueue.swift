#if PIP_AWS
import FoundationEssentials

/// A queue opened by an ``SQSConnector``.
struct SQSQueue: Sendable {
    let name: String
    let url: String
    let maxDeadLetters: Int
    var arn: String?
    var topic: String?
    var deadURL: String?
    let sends: SQSBatcher<SQSEntry>
    let deletes: SQSBatcher<String>

    init(name: String, url: String, maxDeadLetters: Int) {
        self.name = name
        self.url = url
        self.maxDeadLetters = maxDeadLetters
        // Sequential requests preserve the order of a FIFO queue.
        let parallel = name.ends(with: ".fifo") ? 1 : 4
        sends = SQSBatcher(parallel: parallel) { $0.size }
        deletes = SQSBatcher(parallel: 4) { $0.utf8.count }
    }

    /// True for a FIFO queue, which preserves the order within groups.
    var isFIFO: Bool { name.ends(with: ".fifo") }

    /// The default name of the dead-letter queue.
    static func deadName(of name: String) -> String {
        guard name.ends(with: ".fifo") else { return name + "-dead" }
        return String(decoding: name.utf8.dropLast(5), as: UTF8.self) + "-dead.fifo"
    }

    /// The name in a queue's URL.
    static func name(of url: String) -> String { url.divided(atLast: "/").map { String($0.after) } ?? url }

    /// Returns whole seconds, rounded up, within the limits of SQS.
    static func seconds(_ time: Duration) -> Int {
        let time = min(max(time, .zero), .seconds(43_200))
        return Int(time.components.seconds) + (time.components.attoseconds > 0 ? 1 : 0)
    }

    /// - Throws: Misconfiguration `BAD_QUEUE_NAME`.
    static func check(_ name: String, key: String, _ context: Context) throws(ApplicationError) {
        let base = name.ends(with: ".fifo") ? name.utf8.dropLast(5) : name.utf8.dropLast(0)
        let isName = base.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
            default: false
            }
        }
        guard isName, !base.isEmpty, name.utf8.count <= 80 else {
            throw .config(
                code: "BAD_QUEUE_NAME", key: key,
                "'\(key)' is '\(name.shortened)'; expected 1 to 80 letters, digits, - and _, for a FIFO queue with .fifo "
                    + "at the end", traceId: context.traceId)
        }
    }

    /// Checks that a dead-letter queue is of the same kind as its queue, FIFO or standard, as SQS requires.
    /// - Throws: Misconfiguration `BAD_DEAD_QUEUE`.
    static func check(dead: String?, of name: String, _ context: Context) throws(ApplicationError) {
        guard let dead else { return }
        let isFIFO = name.ends(with: ".fifo")
        guard dead.ends(with: ".fifo") != isFIFO else { return }
        throw .config(
            code: "BAD_DEAD_QUEUE", key: "dead_queue",
            "'dead_queue' is '\(dead.shortened)', and the queue is '\(name.shortened)'; expected a "
                + (isFIFO
                    ? "FIFO queue, whose name ends with .fifo" : "standard queue, whose name does not end with .fifo"),
            traceId: context.traceId)
    }

    /// True if an error means that the queue does not exist.
    static func isMissing(_ error: ApplicationError) -> Bool {
        error.awsCode.map { $0.ends(with: "NonExistentQueue") || $0.ends(with: "QueueDoesNotExist") } ?? false
    }

    /// True if an error means that the receipt is no longer valid.
    static func isExpired(_ error: ApplicationError) -> Bool {
        ["ReceiptHandleIsInvalid", "MessageNotInflight", "InvalidParameterValue"].contains { code in
            error.awsCode?.ends(with: code) == true
        }
    }
}

/// A message delivered by SQS.
struct SQSMessage: Sendable {
    let id: String
    let receipt: String
    let receiveCount: Int
    let body: String
    let attributes: AnyValueMap
    let system: AnyValueMap

    init?(_ value: AnyValue) {
        guard let receipt = value["ReceiptHandle"]?.string else { return nil }
        self.receipt = receipt
        id = value["MessageId"]?.string ?? receipt
        body = value["Body"]?.string ?? ""
        attributes = value["MessageAttributes"]?.map ?? [:]
        system = value["Attributes"]?.map ?? [:]
        receiveCount = system["ApproximateReceiveCount"]?.getAsNullableInteger() ?? 1
    }

    /// The toolkit's message: the envelope in the body or in an SNS notification, otherwise the text as the payload.
    var envelope: MessageEnvelope {
        guard let value = try? JSONParser.parse(body), let fields = value.map else { return plain(Array(body.utf8)) }
        if fields["Type"]?.string == "Notification", fields["TopicArn"] != nil, let inner = fields["Message"]?.string {
            if let value = try? JSONParser.parse(inner), Self.isEnvelope(value) {
                return MessageEnvelope(wire: Array(inner.utf8))
            }
            return plain(Array(inner.utf8))
        }
        return Self.isEnvelope(value) ? MessageEnvelope(wire: Array(body.utf8)) : plain(Array(body.utf8))
    }

    /// The string value of a message attribute.
    func text(_ name: String) -> String? { attributes[name]?["StringValue"]?.string }

    // MARK: - Internal

    private static func isEnvelope(_ value: AnyValue) -> Bool {
        guard let fields = value.map else { return false }
        return fields["message_id"] != .none && (fields["message"] != .none || fields["message_type"] != .none)
    }

    private func plain(_ payload: [UInt8]) -> MessageEnvelope {
        var message = MessageEnvelope(Context(traceId: text("trace_id")), text("message_type"), payload)
        message.messageId = id
        message.group = system["MessageGroupId"]?.string
        return message
    }
}

/// A dead letter in an SQS queue.
struct SQSDeadLetter: Sendable {
    let message: SQSMessage
    let letter: DeadLetter

    /// Converts messages to dead letters, the oldest first.
    static func sorted(_ messages: [SQSMessage]) -> [SQSDeadLetter] {
        messages.map(SQSDeadLetter.init).enumerated().sorted { left, right in
            let (first, second) = (left.element.letter.time, right.element.letter.time)
            return first == second ? left.offset < right.offset : first < second
        }.map(\.element)
    }

    private init(_ message: SQSMessage) {
        self.message = message
        var envelope = message.envelope
        envelope.deliveryCount = message.text("dead_deliveries").flatMap { Int($0) } ?? message.receiveCount
        let error = message.text("dead_error").flatMap { try? JSONParser.parse($0) }.flatMap { ErrorDescription($0) }
        // Messages that SQS moved automatically have no error.
        let moved = ApplicationError.conflict(
            code: "TOO_MANY_DELIVERIES", "SQS moved the message by the redrive policy of its queue")
        let sent = message.system["SentTimestamp"]?.getAsNullableDouble() ?? 0
        let time = message.text("dead_time").flatMap(ISODate.parse)
        letter = DeadLetter(
            message: envelope, error: error ?? ErrorDescription(moved),
            time: time ?? Date(timeIntervalSince1970: sent / 1000))
    }
}
#endif
