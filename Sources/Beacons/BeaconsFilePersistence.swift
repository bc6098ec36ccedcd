import PipServices

/// Keeps beacons in memory and in a file.
final class BeaconsFilePersistence: Component, BeaconsPersistence {
    let beacons = IdentifiableFilePersistence<Beacon>(
        indexes: [.hash(Beacon.udiField), .hash(Beacon.siteIdField)])

    init() {}

    func getPageByFilter(
        _ context: Context, _ filter: FilterParams, _ paging: PagingParams
    ) async throws -> DataPage<Beacon> {
        beacons.getPage(context, where: try Beacon.filters.filter(context, filter), paging: paging)
    }

    func getOneById(_ context: Context, _ id: String) async throws -> Beacon? { beacons.getOneById(context, id) }

    func getOneByUdi(_ context: Context, _ udi: String) async throws -> Beacon? {
        beacons.getOne(context, where: Beacon.udiField == udi)
    }

    func create(_ context: Context, _ beacon: Beacon) async throws -> Beacon {
        try await beacons.create(context, beacon)
    }

    func update(_ context: Context, _ beacon: Beacon) async throws -> Beacon? {
        try await beacons.update(context, beacon)
    }

    func deleteById(_ context: Context, _ id: String) async throws -> Beacon? {
        try await beacons.deleteById(context, id)
    }
}
