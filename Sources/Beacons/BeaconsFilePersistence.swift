import PipServices

/// Keeps beacons in memory and in a file.
final class BeaconsFilePersistence: Component, StoredBeacons {
    let beacons = IdentifiableFilePersistence<Beacon>(indexes: Beacon.indexes)

    init() {}
}
