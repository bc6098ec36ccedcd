import PipServices

/// Keeps beacons in a store: written once, whether that is memory, a file or a database.
protocol StoredBeacons: BeaconsPersistence {
    associatedtype Store: IdentifiablePersistence<Beacon>
    var beacons: Store { get }
}

extension StoredBeacons {
    func getPageByFilter(
        _ context: Context, _ filter: FilterParams, _ paging: PagingParams, _ sort: SortParams
    ) async throws -> DataPage<Beacon> {
        let filter = try Beacon.filters.filter(context, filter)
        return try await beacons.getPage(context, where: filter, paging: paging, sortedBy: Sort(sort))
    }

    func getOneById(_ context: Context, _ id: String) async throws -> Beacon? {
        try await beacons.getOneById(context, id)
    }

    func getOneByUdi(_ context: Context, _ udi: String) async throws -> Beacon? {
        try await beacons.getOne(context, where: Beacon.udiField == udi)
    }

    func getListByUdis(_ context: Context, siteId: String, udis: [String]) async throws -> [Beacon] {
        let filter = Beacon.siteIdField == siteId && Beacon.udiField.isIn(udis)
        return try await beacons.getList(context, where: filter, sortedBy: .stored)
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
