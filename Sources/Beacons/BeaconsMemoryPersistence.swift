import PipServices

/// Keeps beacons in memory.
final class BeaconsMemoryPersistence: Component, BeaconsPersistence {
    let beacons = IdentifiableMemoryPersistence<Beacon>()

    init() {}

    func getPageByFilter(
        _ context: Context, _ filter: FilterParams, _ paging: PagingParams
    ) async throws -> DataPage<Beacon> {
        beacons.getPage(context, where: Self.condition(filter), paging: paging)
    }

    func getOneById(_ context: Context, _ id: String) async throws -> Beacon? { beacons.getOneById(context, id) }

    func getOneByUdi(_ context: Context, _ udi: String) async throws -> Beacon? {
        beacons.getOne(context) { $0.udi == udi }
    }

    func create(_ context: Context, _ beacon: Beacon) async throws -> Beacon {
        try beacons.create(context, beacon)
    }

    func update(_ context: Context, _ beacon: Beacon) async throws -> Beacon? { beacons.update(context, beacon) }

    func deleteById(_ context: Context, _ id: String) async throws -> Beacon? {
        beacons.deleteById(context, id)
    }

    private static func condition(_ filter: FilterParams) -> @Sendable (Beacon) -> Bool {
        let (id, siteId, label, udi) = (filter["id"], filter["site_id"], filter["label"], filter["udi"])
        let udis = filter["udis"].map { Set($0.split(separator: ",").map(String.init)) }
        return { beacon in
            (id == nil || beacon.id == id) && (siteId == nil || beacon.siteId == siteId)
                && (label == nil || beacon.label == label) && (udi == nil || beacon.udi == udi)
                && (udis?.contains(beacon.udi) ?? true)
        }
    }
}
