import PipServices

/// Stores beacons. One implementation for memory, file and MongoDB.
final class StoredBeacons: Component, BeaconsPersistence, StoredPersistence {
    let filters = Beacon.filters
    let items: any PersistenceEngine<Beacon>

    init(_ items: any PersistenceEngine<Beacon>) { self.items = items }

    static func memory() -> StoredBeacons {
        StoredBeacons(IdentifiableMemoryPersistence<Beacon>(indexes: Beacon.indexes))
    }

    static func file() -> StoredBeacons {
        StoredBeacons(IdentifiableFilePersistence<Beacon>(indexes: Beacon.indexes))
    }

    static func mongoDB() -> StoredBeacons {
        StoredBeacons(IdentifiableMongoDBPersistence<Beacon>("beacons", indexes: Beacon.indexes))
    }

    func getOneByUdi(_ context: Context, _ udi: String) async throws -> Beacon? {
        try await items.getOne(context, where: Field(\Beacon.udi) == udi)
    }

    func getListByUdis(_ context: Context, siteId: String, udis: [String]) async throws -> [Beacon] {
        let filter = Field(\Beacon.siteId) == siteId && Field(\Beacon.udi).isIn(udis)
        return try await items.getList(context, where: filter, sortedBy: .stored)
    }
}
