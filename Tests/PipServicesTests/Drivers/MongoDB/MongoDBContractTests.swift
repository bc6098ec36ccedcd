#if PIP_MONGODB
import PipServicesTesting
import Testing

@testable import Beacons
@testable import PipServices

/// The contract of persistence, unchanged, on MongoDB: the engine itself, and a persistence that is written once on it.
@Suite struct MongoDBContractTests {
    @Test(arguments: PersistenceContract().cases)
    func persistence(_ contractCase: ContractCase<any IdentifiablePersistence<PersistenceItem>>) async throws {
        let connection = try await MongoDBFixture.shared()
        try await contractCase.run {
            try await MongoDBFixture.persistence(connection, indexes: PersistenceContractTests.indexes)
        }
    }

    @Test(arguments: VersionedPersistenceContract().cases)
    func versioned(_ contractCase: ContractCase<any IdentifiablePersistence<VersionedPersistenceItem>>) async throws {
        let connection = try await MongoDBFixture.shared()
        try await contractCase.run { try await MongoDBFixture.persistence(connection) }
    }

    @Test(
        "One persistence class runs on each configured engine",
        arguments: ["memory", "mongodb"])
    func writtenOnce(_ engine: String) async throws {
        var config: ConfigParams = [:]
        if engine == "mongodb" {
            config = try MongoDBFixture.config().override([
                "connection.database": "b" + IdGenerator.nextShort(), "credential.username": "",
                "credential.password": "",
            ])
        }
        let container = Container("beacons", factories: [BeaconsFactory.create()])
        await container.configure(
            ContainerConfig([ComponentConfig(Descriptor("beacons", "persistence", engine, "default", "1.0"), config)]))
        try await container.open(.empty)
        let store = try container.references.getOneRequired(
            "beacons:persistence:*:*:1.0", as: (any BeaconsPersistence).self)
        _ = try await store.create(.empty, Beacon(id: "1", siteId: "s", udi: "u1", center: nil))
        _ = try await store.create(.empty, Beacon(id: "2", siteId: "s", udi: "u2", label: "x"))
        let page = try await store.getPageByFilter(
            .empty, FilterParams(["udis": "u2,u3"]), PagingParams(total: true), SortParams(SortField("udi")))
        #expect(page.data.map(\.id) == ["2"] && page.total == 1)
        #expect(try await store.getOneByUdi(.empty, "u1")?.siteId == "s")
        #expect(try await store.getListByUdis(.empty, siteId: "s", udis: ["u1", "u2"]).count == 2)
        #expect(try await store.update(.empty, Beacon(id: "2", siteId: "s", udi: "u4"))?.label == nil)
        #expect(try await store.deleteById(.empty, "1")?.udi == "u1")
        try await container.close(.empty)
    }
}
#endif
