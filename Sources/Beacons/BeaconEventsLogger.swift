import PipServices

/// Logs the changes of beacons that come from a queue: the smallest consumer of them.
final class BeaconEventsLogger: MessageReceiver, Component {
    private let logger = CompositeLogger()

    init() {}

    func receiveMessage(_ context: Context, _ message: MessageEnvelope, _ queue: any MessageQueue) async throws {
        let beacon = try message.getMessageAs(Beacon.self)
        logger.info(context, "\(message.messageType ?? "change"): \(beacon.udi) of site \(beacon.siteId)")
    }
}
