import PipServices

/// The storage of beacons.
protocol BeaconsPersistence: FilteredPageReader<Beacon> {
    func getOneById(_ context: Context, _ id: String) async throws -> Beacon?
    func getOneByUdi(_ context: Context, _ udi: String) async throws -> Beacon?
    /// Returns all beacons of a site that have one of these device ids.
    func getListByUdis(_ context: Context, siteId: String, udis: [String]) async throws -> [Beacon]
    func create(_ context: Context, _ beacon: Beacon) async throws -> Beacon
    func update(_ context: Context, _ beacon: Beacon) async throws -> Beacon?
    func deleteById(_ context: Context, _ id: String) async throws -> Beacon?
}
