#if PIP_MQTT
import FoundationEssentials

/// Converts envelopes to MQTT messages: as JSON, or as a raw payload with the other fields as user properties in MQTT
/// 5. In MQTT 3.1.1 these fields are omitted.
extension MQTTMessage {
    /// Creates the message that carries an envelope.
    /// - Parameter isJSON: true to send the whole envelope as JSON.
    init(_ envelope: MessageEnvelope, topic: String, qos: Int, isRetained: Bool, isJSON: Bool) {
        guard !isJSON else {
            self.init(topic, JSONWriter.bytes(of: .map(envelope.toJSON())), qos: qos, isRetained: isRetained)
            return
        }
        var properties: [Property] = []
        for (name, value) in envelope.toJSON() where name != "message" {
            guard let text = value.isNull ? nil : Self.text(value) else { continue }
            properties.append(Property(name, text))
        }
        // An empty payload and a missing one are the same on the wire.
        if envelope.message == nil { properties.append(Property("message", "null")) }
        self.init(topic, envelope.message ?? [], qos: qos, isRetained: isRetained, properties: properties)
    }

    /// Converts a received message to an envelope. If that fails, the envelope has a defect.
    ///
    /// Without user properties, a raw payload gets a new id, and the topic as its type, as in the toolkit.
    func envelope(isJSON: Bool) -> MessageEnvelope {
        if isJSON { return MessageEnvelope(wire: payload) }
        var map: AnyValueMap = ["message_type": .string(topic)]
        for property in properties { map[property.name] = .string(property.value) }
        let isNull = map["message"]?.string.map { $0.isSame(as: "null") } ?? false
        map["message"] = nil
        // A map without a payload can always be read.
        var envelope = (try? MessageEnvelope(.map(map))) ?? MessageEnvelope(.empty, topic, payload)
        envelope.message = isNull && payload.isEmpty ? nil : payload
        if !properties.isEmpty, !properties.contains(where: { $0.name.isSame(as: "message_type") }) {
            envelope.messageType = properties.contains { $0.name.isSame(as: "message_id") } ? nil : topic
        }
        return envelope
    }

    // MARK: - Internal

    /// The JSON form of a value as a string, without quotes.
    private static func text(_ value: AnyValue) -> String? {
        if let text = value.string { return text }
        guard case .string(let text)? = (try? JSONParser.parse(JSONWriter.bytes(of: value))) else { return nil }
        return text
    }
}
#endif
