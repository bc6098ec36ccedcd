#if PIP_AZURE
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// Connections, connection strings and addresses.
@Suite struct AzureConnectionTests {
    typealias Fixture = AzureFixture

    @Test("A connection string contains account, key, protocol and domain") func connectionString() throws {
        let text = "DefaultEndpointsProtocol=http; accountname=orders;AccountKey=\(Fixture.key);EndpointSuffix=core.x;"
        let params = try AzureConnectionParams(["connection_string": text]).expanded(.empty)
        #expect(params.accountName == "orders" && params.accountKey == Fixture.key && params.protocol == "http")
        #expect(try AzureService.queue.endpoint(.empty, params) == "http://orders.queue.core.x")
        #expect(try AzureService.table.endpoint(.empty, params) == "http://orders.table.core.x")
    }

    @Test("Settings take precedence over a connection string, and its addresses over those of the account")
    func precedence() throws {
        let text =
            "AccountName=orders;AccountKey=a2V5;QueueEndpoint=https://q.test/;SharedAccessSignature=sv=1&sig=x%3D"
        let params = try AzureConnectionParams(["connection_string": text, "account_key": "b3RoZXI="]).expanded(.empty)
        #expect(params.accountKey == "b3RoZXI=")
        #expect(params.sasToken == "sv=1&sig=x%3D")
        #expect(try AzureService.queue.endpoint(.empty, params) == "https://q.test")
        let own = try AzureConnectionParams([
            "connection_string": text, "access_key": "b3RoZXI=", "uri": "http://h:1/a/",
        ])
        .expanded(.empty)
        #expect(own.accountKey == "b3RoZXI=")
        #expect(try AzureService.queue.endpoint(.empty, own) == "http://h:1/a")
    }

    @Test("Connection strings of the emulator, Service Bus and Application Insights are parsed") func otherStrings()
        throws
    {
        let emulator = try AzureConnectionParams(["connection_string": "UseDevelopmentStorage=true"]).expanded(.empty)
        #expect(emulator.accountName == Fixture.account && emulator.accountKey == Fixture.key)
        #expect(try AzureService.queue.endpoint(.empty, emulator) == "http://127.0.0.1:10001/devstoreaccount1")
        let bus = "Endpoint=sb://n.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=k;EntityPath=q"
        let params = try AzureConnectionParams(["connection_string": bus]).expanded(.empty)
        #expect(params.uri == "sb://n.servicebus.windows.net/" && params.accountName == "Root" && params.queue == "q")
        let insights =
            "InstrumentationKey=\(Fixture.instrumentationKey);IngestionEndpoint=https://weu.in.test/;LiveEndpoint=x"
        let found = try AzureConnectionParams(["connection_string": insights]).expanded(.empty)
        #expect(found.config["instrumentation_key"] == Fixture.instrumentationKey)
        #expect(try AzureService.insights.endpoint(.empty, found) == "https://weu.in.test")
    }

    @Test(
        "A malformed connection string is an error that shows no values",
        arguments: [
            ("", "empty"), (";;", "empty"), ("AccountName", "part 1 has no '='"),
            ("AccountName=a;SECRET", "part 2 has no '='"), ("=SECRET", "part 1 has no name"),
            ("AccountName=a;AccountName=SECRET", "twice"), ("AcountName=SECRET", "did you mean 'AccountName'"),
            ("SECRET=x", "part 1 has an unknown name"), ("AccountName=a;\u{301}b=SECRET", "part 2 has no name"),
        ])
    func malformed(text: String, reason: String) throws {
        let error = #expect(throws: ApplicationError.self) { _ = try AzureConnectionString(parsing: text) }
        #expect(error?.code == "BAD_CONNECTION_STRING" && error?.details["key"] == "credential.connection_string")
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("SECRET") == false)
    }

    @Test("Descriptions show no secrets") func secrets() throws {
        let text = "AccountName=hidden1;AccountKey=aGlkZGVu"
        let shown = [
            "\(AzureConnectionParams(["connection_string": text, "access_key": "hidden2", "client_secret": "hidden3", "sas_token": "hidden4"]))",
            "\(try AzureConnectionString(parsing: text))",
            "\(try AzureSharedKey(accountName: "a", accountKey: "aGlkZGVu"))",
        ]
        for text in shown { #expect(!text.contains("hidden") && !text.contains("aGlkZGVu"), "\(text)") }
        var dumped = ""
        dump(try AzureSharedKey(accountName: "a", accountKey: "aGlkZGVu"), to: &dumped)
        #expect(!dumped.contains("aGlkZGVu"))
    }

    @Test("Properties read and write the names of all editions") func properties() throws {
        var params = AzureConnectionParams.fromConfig([
            "connection.endpoints_protocol": "http", "connection.endpoints_suffix": "s", "connection.table": "t",
            "credential.account_name": "a", "credential.account_key": "k", "credential.client_key": "c",
        ])
        #expect(params.protocol == "http" && params.suffix == "s" && params.table == "t")
        #expect(params.accountName == "a" && params.accountKey == "k" && params.clientSecret == "c")
        try params.validate(.empty)
        (params.protocol, params.suffix, params.accountName, params.accountKey) = ("https", "x", "b", "l")
        #expect(params.config["protocol"] == "https" && params.accountName == "b" && params.accountKey == "l")
        #expect(AzureConnectionParams().protocol == "https" && AzureConnectionParams().suffix == "core.windows.net")
        for (config, code) in [
            ([:], "NO_ACCESS_ID"), (["access_id": "a"], "NO_ACCESS_KEY"),
            (["access_id": "a", "access_key": "k"], "NO_CONTAINER_AND_TABLE"),
        ] as [(ConfigParams, String)] {
            let error = #expect(throws: ApplicationError.self) { try AzureConnectionParams(config).validate(.empty) }
            #expect(error?.code == code)
        }
        try AzureConnectionParams(parsing: "access_id=a;access_key=k;container=c").validate(.empty)
    }

    @Test(
        "Addresses of vaults",
        arguments: [
            ("orders", "https://orders.vault.azure.net", "https://vault.azure.net"),
            ("https://orders.vault.azure.cn/", "https://orders.vault.azure.cn", "https://vault.azure.cn"),
            ("http://127.0.0.1:1/vault", "http://127.0.0.1:1/vault", "https://vault.azure.net"),
        ])
    func vaults(uri: String, endpoint: String, resource: String) throws {
        let found = try AzureService.vault.endpoint(.empty, AzureConnectionParams(["uri": uri]))
        #expect(found == endpoint)
        #expect(AzureService.vault.resource(of: found) == resource)
    }

    @Test("Credentials come from a store, connections from discovery") func lookup() async throws {
        let store = MemoryCredentialStore()
        store.store(.empty, "k", ["account_name": "orders", "account_key": "a2V5"])
        let resolver = try await assemble(
            AzureConnectionResolver(), config: ["credential.store_key": "k", "connection.protocol": "http"],
            references: ["test:credential-store:memory:default:1.0": store])
        #expect(resolver.needsLookup)
        let params = try await resolver.resolve(.empty)
        #expect(params.accountName == "orders" && params.protocol == "http")
    }
}
#endif
