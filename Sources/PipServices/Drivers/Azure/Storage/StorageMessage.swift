#if PIP_AZURE
import FoundationEssentials

/// A message delivered by Azure Storage.
struct StorageMessage: Sendable {
    let id: String
    /// The receipt of the delivery; empty for a peeked message.
    let receipt: String
    let dequeueCount: Int
    let insertionTime: Date?
    let text: String

    /// Returns the messages of a response.
    /// - Returns: nil if the response is not a list of messages.
    static func list(_ bytes: [UInt8], now: Date) -> [StorageMessage]? {
        guard let root = PlainXML.parse(bytes) else { return nil }
        guard let found = root["QueueMessage"] else { return root.map == nil ? [] : nil }
        return (found.array ?? [found]).compactMap { value in
            guard let id = value["MessageId"]?.string, !id.isEmpty else { return nil }
            return StorageMessage(
                id: id, receipt: value["PopReceipt"]?.string ?? "",
                dequeueCount: value["DequeueCount"]?.getAsNullableInteger() ?? 0,
                insertionTime: value["InsertionTime"]?.string.flatMap { RetryAfter.date($0, now: now) },
                text: value["MessageText"]?.string ?? "")
        }
    }
}

/// The format of messages in a queue of Azure Storage.
struct StorageFormat: Sendable {
    /// The encoding of the text.
    enum Encoding: String, Sendable, CaseIterable, SettingValue {
        /// Unencoded.
        case none
        /// Base64, the default of Azure Functions triggers.
        case base64
    }

    /// True to write and read the envelope of the .NET edition of version 2.
    let isLegacy: Bool
    let encoding: Encoding

    /// The maximum size of a message's text, in bytes.
    static let maxSize = 65_536

    /// Returns the text of a message.
    /// - Throws: BadRequest `MESSAGE_TOO_LARGE`.
    func text(_ context: Context, _ message: MessageEnvelope, queue: String) throws(ApplicationError) -> String {
        let text = written(message)
        guard text.utf8.count <= Self.maxSize else {
            throw .badRequest(
                code: "MESSAGE_TOO_LARGE",
                "The message has \(text.utf8.count) bytes as it is sent to '\(queue)'; Azure Storage accepts "
                    + "\(Self.maxSize), and a payload grows by a third on its way", traceId: context.traceId,
                details: [
                    "queue": .string(queue), "message_id": .string(message.messageId),
                    "size": .integer(Int64(text.utf8.count)), "max_message_size": .integer(Int64(Self.maxSize)),
                ])
        }
        return text
    }

    /// Returns the text of a dead letter, including the reason. If that is too large, the reason is omitted, because
    /// otherwise the message would be redelivered forever.
    func deadLetter(
        _ context: Context, _ message: MessageEnvelope, _ cause: ErrorDescription, queue: String, time: Date
    ) throws(ApplicationError) -> String {
        var shortest = cause
        (shortest.message, shortest.cause, shortest.details) = (cause.message.shortened, nil, [:])
        for error in [cause, shortest] {
            var map = message.toJSON()
            map["dead_error"] = (try? AnyValue(encoding: error.bounded)) ?? .null
            map["dead_time"] = .string(ISODate.format(time))
            map["dead_deliveries"] = .integer(Int64(message.deliveryCount))
            if message.defect != nil { map["dead_raw"] = true }
            let text = encoded(JSONConverter.toJSON(.map(map)))
            if text.utf8.count <= Self.maxSize { return text }
        }
        if message.defect == nil, let whole = try? text(context, message, queue: queue) { return whole }
        if let bare = raw(message) { return bare }
        return try text(context, message, queue: queue)
    }

    /// Returns the original payload as the text of a message; nil if it is too large.
    func raw(_ message: MessageEnvelope) -> String? {
        let bytes = message.message ?? []
        let text: String
        if let plain = String(validating: bytes, as: UTF8.self), Self.isXML(plain) {
            text = encoded(plain)
        } else {
            text = AzureText.base64(bytes)
        }
        return text.utf8.count <= Self.maxSize ? text : nil
    }

    /// Parses a message: an envelope, or the text as the payload.
    func envelope(_ stored: StorageMessage) -> MessageEnvelope {
        let decoded = Data(base64Encoded: stored.text).map { Array($0) }
        var envelope = read(Array(stored.text.utf8)) ?? decoded.flatMap(read)
        if envelope == nil {
            let payload = encoding == .base64 ? decoded ?? Array(stored.text.utf8) : Array(stored.text.utf8)
            envelope = MessageEnvelope(.empty, nil, payload)
            envelope?.messageId = stored.id
        }
        var message = envelope ?? MessageEnvelope(.empty, nil, nil as [UInt8]?)
        if message.sentTime == nil { message.sentTime = stored.insertionTime }
        return message
    }

    /// Parses a dead letter.
    func deadLetter(_ stored: StorageMessage) -> StorageDeadLetter {
        let bytes = [Array(stored.text.utf8)] + (Data(base64Encoded: stored.text).map { [Array($0)] } ?? [])
        let fields = bytes.lazy.compactMap { (try? JSONParser.parse($0))?.map }.first { $0["dead_time"] != nil } ?? [:]
        var message = envelope(stored)
        message.deliveryCount = fields["dead_deliveries"]?.getAsNullableInteger() ?? stored.dequeueCount
        let unknown = ApplicationError.conflict(
            code: "UNKNOWN",
            "The dead letter says nothing about its error: another program sent it, or it was too large")
        let error = fields["dead_error"].flatMap { ErrorDescription($0) } ?? ErrorDescription(unknown)
        let time = fields["dead_time"]?.string.flatMap(ISODate.parse)
        let letter = DeadLetter(
            message: message, error: error,
            time: time ?? stored.insertionTime ?? Date(timeIntervalSince1970: 0))
        return StorageDeadLetter(stored: stored, letter: letter, isRaw: fields["dead_raw"]?.getAsBoolean() ?? false)
    }

    // MARK: - Internal

    private func encoded(_ text: String) -> String {
        encoding == .base64 ? AzureText.base64(text.utf8) : Self.escaped(text)
    }

    /// Returns the text of a message. A message that the legacy envelope can't represent has the standard envelope,
    /// whose payload is Base64.
    private func written(_ message: MessageEnvelope) -> String {
        let legacy = legacyEnvelope(message).map(encoded)
        if let legacy, legacy.utf8.count <= Self.maxSize { return legacy }
        let text = encoded(JSONConverter.toJSON(.map(message.toJSON())))
        guard let legacy else { return text }
        // In JSON, each control character takes six bytes.
        return text.utf8.count < legacy.utf8.count ? text : legacy
    }

    /// Nil if it is not enabled, or the payload is not text.
    private func legacyEnvelope(_ message: MessageEnvelope) -> String? {
        guard isLegacy, let payload = Self.payload(message) else { return nil }
        var map: AnyValueMap = [
            "MessageType": message.messageType.map { .string($0) } ?? .null,
            "CorrelationId": message.traceId.map { .string($0) } ?? .null, "MessageId": .string(message.messageId),
            "SentTime": message.sentTime.map { .date($0) } ?? .null, "Message": payload,
        ]
        // Fields that the .NET edition ignores.
        let whole = message.toJSON()
        for name in ["group", "reply_to", "traceparent", "tracestate"] {
            if let value = whole[name] { map[name] = value }
        }
        return JSONConverter.toJSON(.map(map))
    }

    private static func payload(_ message: MessageEnvelope) -> AnyValue? {
        guard let bytes = message.message else { return .null }
        return String(validating: bytes, as: UTF8.self).map { .string($0) }
    }

    /// Parses an envelope; nil if it is not one.
    private func read(_ bytes: [UInt8]) -> MessageEnvelope? {
        guard let fields = (try? JSONParser.parse(bytes))?.map else { return nil }
        if fields["message_id"] != .none && (fields["message"] != .none || fields["message_type"] != .none) {
            return MessageEnvelope(wire: bytes)
        }
        guard isLegacy, let id = fields["MessageId"]?.string,
            fields["Message"] != .none || fields["MessageType"] != .none
        else { return nil }
        func text(_ name: String) -> String? { fields[name]?.string.flatMap { $0.isEmpty ? nil : $0 } }
        var message = MessageEnvelope(.empty, text("MessageType"), fields["Message"]?.string.map { Array($0.utf8) })
        message.messageId = id
        message.traceId = text("CorrelationId")
        message.sentTime = text("SentTime").flatMap(ISODate.parse)
        message.group = text("group")
        message.replyTo = text("reply_to")
        message.traceParent = text("traceparent").flatMap { TraceParent($0, state: text("tracestate")) }
        return message
    }

    /// Escapes the two code points that XML excludes.
    private static func escaped(_ json: String) -> String {
        json.replacing(text: "\u{FFFE}", with: "\\ufffe").replacing(text: "\u{FFFF}", with: "\\uffff")
    }

    /// True if XML transports the string unchanged.
    private static func isXML(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            scalar.value >= 0x20 && scalar.value != 0xFFFE && scalar.value != 0xFFFF || scalar == "\t" || scalar == "\n"
        }
    }
}

/// A dead letter in a queue of Azure Storage.
struct StorageDeadLetter: Sendable {
    let stored: StorageMessage
    let letter: DeadLetter
    /// True for a message that could not be parsed; its payload is the original text.
    let isRaw: Bool

    /// Sorts dead letters, the oldest first.
    static func sorted(_ letters: [StorageDeadLetter]) -> [StorageDeadLetter] {
        letters.enumerated().sorted { left, right in
            let (first, second) = (left.element.letter.time, right.element.letter.time)
            return first == second ? left.offset < right.offset : first < second
        }.map(\.element)
    }
}
#endif
