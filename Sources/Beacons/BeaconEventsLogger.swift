import PipServices

/// Logs beacon changes received from a queue. A minimal message consumer.
final class BeaconEventsLogger: MessageReceiver, Component {
    private let logger = CompositeLogger()

    init() {}

    func receiveMessage(_ context: Context, _ message: MessageEnvelope, _ queue: any MessageQueue) async throws {
        let beacon = try message.getMessageAs(Beacon.self)
        logger.info(context, "\(message.messageType ?? "change"): \(beacon.udi) of site \(beacon.siteId)")
    }
}
