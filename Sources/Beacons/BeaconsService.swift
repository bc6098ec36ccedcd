import PipServices

/// The business logic of the beacons service.
final class BeaconsService: Component, Commandable {
    let persistence = Dependency<any BeaconsPersistence>("persistence", "beacons:persistence:*:*:1.0")
    /// The queue to which changes are published, if configured.
    let events = OptionalDependency<any MessageQueue>("events", "*:message-queue:*:beacon-events:1.0")
    /// Sends the messages in the outbox. Without it, changes are published after they are stored and may be lost in a
    /// crash.
    let relay = OptionalDependency<OutboxRelay>("relay", "*:outbox-relay:*:*:1.0")
    private let logger = CompositeLogger()

    init() {}

    func getBeacons(_ context: Context, _ filter: FilterParams, _ paging: PagingParams) async throws -> DataPage<Beacon>
    {
        try await persistence().getPageByFilter(context, filter, paging)
    }

    func getBeaconById(_ context: Context, _ id: String) async throws -> Beacon? {
        try await persistence().getOneById(context, id)
    }

    func getBeaconByUdi(_ context: Context, _ udi: String) async throws -> Beacon? {
        try await persistence().getOneByUdi(context, udi)
    }

    /// The position of a device that receives these beacons, estimated from the known ones.
    func calculatePosition(_ context: Context, siteId: String, udis: [String]) async throws -> GeoPoint? {
        guard !udis.isEmpty else { return nil }
        let found = try await persistence().getListByUdis(context, siteId: siteId, udis: udis)
        return .middle(of: found.compactMap(\.center))
    }

    func createBeacon(_ context: Context, _ beacon: Beacon) async throws -> Beacon {
        let beacon = beacon.withType
        let created = try await change(context, .created, .create(beacon)) { try await $0.create(context, beacon) }
        return created ?? beacon
    }

    func updateBeacon(_ context: Context, _ beacon: Beacon) async throws -> Beacon? {
        let beacon = beacon.withType
        return try await change(context, .updated, .update(beacon)) { try await $0.update(context, beacon) }
    }

    func deleteBeaconById(_ context: Context, _ id: String) async throws -> Beacon? {
        try await change(context, .deleted, .delete(id)) { try await $0.deleteById(context, id) }
    }

    // MARK: - Events

    /// Makes a change and publishes it: through the outbox if a relay is configured and the store has one.
    private func change(
        _ context: Context, _ event: BeaconEvent, _ change: PersistenceChange<Beacon>,
        _ make: (any BeaconsPersistence) async throws -> Beacon?
    ) async throws -> Beacon? {
        let persistence = try persistence()
        guard let events = events() else { return try await make(persistence) }
        if relay() != nil, let outbox = persistence as? any BeaconsOutbox, outbox.keepsMessages {
            let queue = events.name
            return try await outbox.change(context, change) { try event.outboxMessage(context, $0, to: queue) }
        }
        let changed = try await make(persistence)
        if let changed { await publish(context, event, changed, events) }
        return changed
    }

    private func publish(
        _ context: Context, _ event: BeaconEvent, _ beacon: Beacon, _ events: any MessageQueue
    ) async {
        do {
            try await events.send(
                context, MessageEnvelope(context, event.rawValue, encoding: beacon, group: beacon.id))
        } catch {
            // The change itself has succeeded.
            logger.error(context, error: error, "The change of beacon \(beacon.id) can't be published")
        }
    }
}

/// The message type of a beacon change.
enum BeaconEvent: String {
    case created = "beacon.created"
    case updated = "beacon.updated"
    case deleted = "beacon.deleted"

    /// The outbox message about a change. Messages about one beacon are handled in order.
    func outboxMessage(_ context: Context, _ beacon: Beacon, to queue: String) throws -> OutboxMessage {
        OutboxMessage(
            id: IdGenerator.nextLong(), destination: queue, type: rawValue, payload: try AnyValue(encoding: beacon),
            traceId: context.traceId, group: beacon.id, time: SystemClock().now)
    }
}

extension Beacon {
    fileprivate var withType: Beacon {
        var beacon = self
        if type?.isEmpty ?? true { beacon.type = "unknown" }
        return beacon
    }
}
