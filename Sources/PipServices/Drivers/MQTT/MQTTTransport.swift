#if PIP_MQTT
/// Sends and receives the messages of a queue over an ``MQTTConnection``.
final class MQTTTransport: MessageTransport, Component {
    /// The maximum number of messages that a queue buffers for its receivers.
    let maxReceived = Setting(
        "options.max_received", default: 100, in: 1...,
        "The maximum number of unsettled received messages; a crash of the process loses them")
    private let connection = Shared<MQTTConnection>("connection", "*:connection:mqtt:*:1.0") { MQTTConnection() }
    private let qos = Setting(
        "options.qos", default: 1, in: 0...2,
        "The quality of service: 0 delivers at most once, 1 at least once, 2 exactly once while the connection lasts")
    private let isRetained = Setting(
        "options.retain", default: false, "True to make the broker retain the last message for future subscribers")
    private let isJSON = Setting(
        "options.serialize_envelope", default: false,
        "True to send the whole envelope as JSON; false for the payload alone, with the other fields as user properties"
            + " in MQTT 5")
    private let subscriptions = Locked<[ScalarText: MQTTSubscription]>([:])

    func publish(_ context: Context, _ message: MessageEnvelope, to address: MessageAddress) async throws {
        let message = MQTTMessage(
            message, topic: MQTTTopic.withoutGroup(Self.topic(address)), qos: qos(), isRetained: isRetained(),
            isJSON: isJSON())
        try await connection().publish(context, message)
    }

    func subscribe(
        _ context: Context, _ address: MessageAddress,
        _ deliver: @escaping @Sendable (MessageEnvelope) async throws -> Void
    ) async throws {
        let filter = Self.topic(address)
        let isJSON = isJSON()
        let subscription = try await connection().subscribe(context, filter, qos: qos()) { message in
            try await deliver(message.envelope(isJSON: isJSON))
        }
        subscriptions.withLock { $0[ScalarText(filter)] = subscription }
    }

    func unsubscribe(_ context: Context, _ address: MessageAddress) async throws {
        let filter = Self.topic(address)
        guard let subscription = subscriptions.withLock({ $0.removeValue(forKey: ScalarText(filter)) }) else { return }
        await (try? connection())?.unsubscribe(context, subscription)
    }

    /// Does nothing: libmosquitto acknowledged the message on arrival.
    func acknowledge(_ context: Context, _ message: MessageEnvelope) async throws {}

    // MARK: - Internal

    private static func topic(_ address: MessageAddress) -> String {
        switch address {
        case .queue(let name): name
        case .topic(let topic): topic
        }
    }
}
#endif
