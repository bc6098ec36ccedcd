import PipServices

/// What the service does with beacons.
final class BeaconsService: Component, Commandable {
    let persistence = Dependency<any BeaconsPersistence>("persistence", "beacons:persistence:*:*:1.0")

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
        try await persistence().create(context, beacon.withType)
    }

    func updateBeacon(_ context: Context, _ beacon: Beacon) async throws -> Beacon? {
        try await persistence().update(context, beacon.withType)
    }

    func deleteBeaconById(_ context: Context, _ id: String) async throws -> Beacon? {
        try await persistence().deleteById(context, id)
    }
}

extension Beacon {
    fileprivate var withType: Beacon {
        var beacon = self
        if type?.isEmpty ?? true { beacon.type = "unknown" }
        return beacon
    }
}
