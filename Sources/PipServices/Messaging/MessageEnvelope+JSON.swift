import FoundationEssentials

/// The wire format shared by all languages of the toolkit.
///
/// `message_id`, `trace_id`, `message_type`, `sent_time` and `message` are always present. `group`, `reply_to`,
/// `traceparent` and `tracestate` are present if set; other languages ignore them.
extension MessageEnvelope {
    /// The envelope as a JSON object; the payload is Base64-encoded.
    public func toJSON() -> AnyValueMap {
        var map: AnyValueMap = [
            "message_id": .string(messageId), "trace_id": Self.value(traceId), "message_type": Self.value(messageType),
            "sent_time": sentTime.map { .date($0) } ?? .null,
            "message": message.map { .string(Data($0).base64EncodedString()) } ?? .null,
        ]
        if let group { map["group"] = .string(group) }
        if let replyTo { map["reply_to"] = .string(replyTo) }
        if let traceParent {
            map["traceparent"] = .string(traceParent.description)
            if let state = traceParent.state { map["tracestate"] = .string(state) }
        }
        return map
    }

    /// Parses the JSON text of an envelope, of version 4 or 3 (`correlation_id`).
    ///
    /// - Throws: BadRequest `BAD_MESSAGE` if it is not a JSON object or the payload is not Base64.
    public static func fromJSON(_ text: String) throws(ApplicationError) -> MessageEnvelope {
        try fromJSON(Array(text.utf8))
    }

    /// Parses the UTF-8 JSON of an envelope.
    /// - Throws: BadRequest `BAD_MESSAGE`.
    public static func fromJSON(_ bytes: [UInt8]) throws(ApplicationError) -> MessageEnvelope {
        let value: AnyValue
        do throws(ApplicationError) {
            value = try JSONParser.parse(bytes)
        } catch {
            throw .badMessage(nil, "the envelope is not JSON: \(error.message)")
        }
        return try MessageEnvelope(value)
    }

    /// Parses a message from a broker. Never fails: an unreadable envelope keeps its bytes as the payload and has a
    /// ``defect``.
    public init(wire bytes: [UInt8]) {
        do throws(ApplicationError) {
            self = try Self.fromJSON(bytes)
        } catch {
            self.init(.empty, nil, bytes)
            defect = ErrorDescription(error)
        }
    }

    // MARK: - Internal

    /// Parses an envelope from its JSON object.
    /// - Throws: BadRequest `BAD_MESSAGE`.
    init(_ value: AnyValue) throws(ApplicationError) {
        guard let map = value.map else { throw .badMessage(nil, "the envelope is not a JSON object") }
        func text(_ name: String) -> String? { map[name]?.string.flatMap { $0.isEmpty ? nil : $0 } }
        self.init(.empty, map["message_type"]?.string, nil as [UInt8]?)
        if let id = text("message_id") { messageId = id }
        traceId = text("trace_id") ?? text("correlation_id")
        switch map["sent_time"] {
        case .string(let time)?: sentTime = ISODate.parse(time)
        case .date(let time)?: sentTime = time
        default: break
        }
        group = text("group")
        replyTo = text("reply_to")
        traceParent = text("traceparent").flatMap { TraceParent($0, state: text("tracestate")) }
        switch map["message"] {
        case .none, .null?: break
        case .string(let payload)?:
            guard let data = Data(base64Encoded: payload) else {
                throw .badMessage(self, "'message' is not Base64")
            }
            message = Array(data)
        default: throw .badMessage(self, "'message' is not a Base64 string")
        }
    }

    private static func value(_ text: String?) -> AnyValue { text.map { .string($0) } ?? .null }
}
