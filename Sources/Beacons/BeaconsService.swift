import PipServices

/// What the service does with beacons.
final class BeaconsService: Component, Commandable {
    let persistence = Dependency<any BeaconsPersistence>("persistence", "beacons:persistence:*:*:1.0")
    /// Where changes are published, if the configuration has it.
    let events = OptionalDependency<any MessageQueue>("events", "*:message-queue:*:beacon-events:1.0")
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

    /// The place of a device that receives the beacons with these ids, as far as they are known.
    func calculatePosition(_ context: Context, siteId: String, udis: [String]) async throws -> GeoPoint? {
        guard !udis.isEmpty else { return nil }
        let found = try await persistence().getListByUdis(context, siteId: siteId, udis: udis)
        return .middle(of: found.compactMap(\.center))
    }

    func createBeacon(_ context: Context, _ beacon: Beacon) async throws -> Beacon {
        let created = try await persistence().create(context, beacon.withType)
        await publish(context, .created, created)
        return created
    }

    func updateBeacon(_ context: Context, _ beacon: Beacon) async throws -> Beacon? {
        let updated = try await persistence().update(context, beacon.withType)
        if let updated { await publish(context, .updated, updated) }
        return updated
    }

    func deleteBeaconById(_ context: Context, _ id: String) async throws -> Beacon? {
        let deleted = try await persistence().deleteById(context, id)
        if let deleted { await publish(context, .deleted, deleted) }
        return deleted
    }

    /// Publishes a change that was made. Changes of one beacon are handled in order.
    private func publish(_ context: Context, _ event: BeaconEvent, _ beacon: Beacon) async {
        guard let events = events() else { return }
        do {
            try await events.send(
                context, MessageEnvelope(context, event.rawValue, encoding: beacon, group: beacon.id))
        } catch {
            // The change stands. Who must know of every change stores its messages with it: see docs/messaging.md.
            logger.error(context, error: error, "The change of beacon \(beacon.id) can't be published")
        }
    }
}

/// A change of a beacon: the type of the message that tells of it.
enum BeaconEvent: String {
    case created = "beacon.created"
    case updated = "beacon.updated"
    case deleted = "beacon.deleted"
}

extension Beacon {
    fileprivate var withType: Beacon {
        var beacon = self
        if type?.isEmpty ?? true { beacon.type = "unknown" }
        return beacon
    }
}
