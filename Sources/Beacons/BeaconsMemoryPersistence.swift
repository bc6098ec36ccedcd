import PipServices

/// Keeps beacons in memory.
final class BeaconsMemoryPersistence: Component, StoredBeacons {
    let beacons = IdentifiableMemoryPersistence<Beacon>(indexes: Beacon.indexes)

    init() {}
}
