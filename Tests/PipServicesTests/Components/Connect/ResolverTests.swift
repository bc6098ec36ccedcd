import PipServices
import PipServicesTesting
import Testing

@Suite struct ResolverTests {
    @Test func memoryDiscoveryReadsItsConfiguration() async throws {
        let discovery = try await assemble(
            MemoryDiscovery(),
            config: [
                "one.host": "a", "one.port": "1", "two": "host=b;port=2", "descriptor": "x:discovery:memory:d:1.0",
            ])
        #expect(discovery.resolveOne(.empty, "one") == ["host": "a", "port": "1"])
        #expect(discovery.resolveOne(.empty, "two")?.host == "b")
        #expect(discovery.resolveOne(.empty, "") == nil)
        discovery.register(.empty, "one", ["host": "c"])
        #expect(discovery.resolveAll(.empty, "one").map(\.host) == ["a", "c"])
        discovery.register(.empty, "one", ["host": "a", "port": "1"])
        #expect(discovery.resolveAll(.empty, "one").count == 2, "what is configured is there once too")
        discovery.readConnections(["three.host": "d"])
        #expect(discovery.resolveAll(.empty, "one").isEmpty)
        #expect(discovery.resolveOne(.empty, "three")?.host == "d")
    }

    @Test func memoryCredentialStoreReadsItsConfiguration() async throws {
        let store = try await assemble(
            MemoryCredentialStore(), config: ["one.user": "u", "one.pass": "p", "two": "access_id=i"])
        #expect(store.lookup(.empty, "one")?.password == "p")
        #expect(store.lookup(.empty, "two")?.accessId == "i")
        store.store(.empty, "one", nil)
        #expect(store.lookup(.empty, "one") == nil, "what is configured is removed too")
        store.readCredentials(["three.user": "v"])
        #expect(store.lookup(.empty, "two") == nil)
        #expect(store.lookup(.empty, "three")?.username == "v")
    }

    @Test func changedSectionsAreTakenWhileTheServiceRuns() async throws {
        let old: ConfigParams = ["db.host": "a"]
        let discovery = try await assemble(MemoryDiscovery(), config: old)
        #expect(reload(discovery, from: old, to: ["db.host": "b", "more.host": "c"]).isEmpty)
        #expect(discovery.resolveOne(.empty, "db")?.host == "b")
        #expect(discovery.resolveOne(.empty, "more")?.host == "c")
    }

    @Test func theNewestDiscoveryIsAskedFirst() async throws {
        let resolver = try await assemble(
            ConnectionResolver(), config: ["connection.discovery_key": "db", "connection.database": "main"],
            references: [
                "x:discovery:memory:old:1.0": MemoryDiscovery(["db.host": "old", "db.zone": "z"]),
                "x:discovery:memory:new:1.0": MemoryDiscovery(["db.host": "new"]),
            ])
        let one = try await resolver.resolve(.empty)
        #expect(one == ["discovery_key": "db", "database": "main", "host": "new"])
        #expect(try await resolver.resolveAll(.empty).map(\.host) == ["new", "old"])
    }

    @Test func aHostThatIsFoundStandsBeforeAConfiguredOneOfEitherName() async throws {
        for (configured, found) in [("host", "ip"), ("ip", "host")] {
            let resolver = try await assemble(
                ConnectionResolver(),
                config: ["connection.discovery_key": "db", "connection.\(configured)": "configured"],
                references: ["x:discovery:memory:d:1.0": MemoryDiscovery(["db.\(found)": "found"])])
            #expect(try await resolver.resolve(.empty)?.host == "found")
        }
    }

    @Test func withoutDiscoveryTheKeyIsAnErrorThatNamesIt() async throws {
        let resolver = try await assemble(ConnectionResolver(), config: ["connection.discovery_key": "db"])
        let error = await #expect(throws: ApplicationError.self) {
            try await resolver.resolve(.fromTraceId("123"))
        }
        #expect(error?.code == "REF_ERROR")
        #expect(error?.traceId == "123")
        #expect(error?.message == "'discovery_key' is 'db', but no component matches '*:discovery:*:*:*'")
    }

    @Test func registeringTellsAllAndKeepsTheConnection() async throws {
        let (first, second) = (MemoryDiscovery(), MemoryDiscovery())
        let resolver = try await assemble(
            ConnectionResolver(),
            references: ["x:discovery:memory:a:1.0": first, "x:discovery:memory:b:1.0": second])
        try await resolver.register(.empty, ["host": "nowhere"])
        #expect(resolver.all.isEmpty, "one without a key is left alone")
        try await resolver.register(.empty, ["host": "h", "discovery_key": "db"])
        #expect(first.resolveOne(.empty, "db")?.host == "h")
        #expect(second.resolveOne(.empty, "db")?.host == "h")
        #expect(try await resolver.resolveAll(.empty).count == 2)
    }

    @Test func addedConnectionsComeAfterTheConfigured() async throws {
        let resolver = try await assemble(ConnectionResolver([["host": "b"]]), config: ["connections.0.host": "a"])
        resolver.add(["host": "c"])
        #expect(resolver.all.map(\.host) == ["a", "b", "c"])
        let credentials = try await assemble(CredentialResolver([["user": "b"]]), config: ["credential.user": "a"])
        credentials.add(["user": "c"])
        #expect(credentials.all.map(\.username) == ["a", "b", "c"])
        #expect(try await credentials.lookup(.empty)?.username == "a")
    }

    @Test func credentialsAreLookedUpInOneStoreAfterTheOther() async throws {
        let resolver = try await assemble(
            CredentialResolver(), config: ["credentials.0.store_key": "none", "credentials.1.store_key": "db"],
            references: [
                "x:credential-store:memory:a:1.0": MemoryCredentialStore(["db.user": "u"]),
                "x:credential-store:memory:b:1.0": MemoryCredentialStore(),
            ])
        #expect(try await resolver.lookup(.empty) == ["user": "u"])
    }

    @Test func withoutAStoreTheKeyIsAnErrorThatNamesIt() async throws {
        let resolver = try await assemble(CredentialResolver(), config: ["credential.store_key": "db"])
        let error = await #expect(throws: ApplicationError.self) { try await resolver.lookup(.empty) }
        #expect(error?.code == "REF_ERROR")
        #expect(error?.message == "'store_key' is 'db', but no component matches '*:credential-store:*:*:*'")
    }

    @Test func credentialSettingsAreParameters() async throws {
        let settings = try await assemble(CredentialSettings(), config: ["user": "u", "secret_key": "k"])
        #expect(settings.params == ["username": "u", "access_key": "k"])
        #expect(settings.storeKey() == nil)
    }
}
