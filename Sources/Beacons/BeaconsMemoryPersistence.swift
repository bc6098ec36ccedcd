import PipServices

/// Keeps beacons in memory.
final class BeaconsMemoryPersistence: Component, StoredBeacons, BeaconsOutbox {
    let beacons = IdentifiableMemoryPersistence<Beacon>(indexes: Beacon.indexes)

    init() {}
}
