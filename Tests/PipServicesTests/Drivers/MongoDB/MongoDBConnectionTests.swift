import PipServicesTesting
import Testing

@testable import PipServices

/// The connection string, and what is wrong with a configuration.
@Suite struct MongoDBConnectionTests {
    private func address(_ config: ConfigParams) async throws -> MongoDBAddress {
        try await assemble(MongoDBConnectionResolver(), config: config).address(.empty)
    }

    private func code(_ config: ConfigParams) async -> String? {
        await DriverFixture.code { _ = try await address(config) }
    }

    private static let host: ConfigParams = ["connection.host": "h", "connection.database": "d"]

    @Test("Hosts, user, database and options form one connection string with all timeouts")
    func connectionString() async throws {
        let address = try await address([
            "connections.1.host": "h1", "connections.1.port": "1001", "connections.1.database": "d",
            "connections.2.host": "::1", "credential.username": "us/er", "credential.password": "p@:s",
            "options.replica_set": "rs", "options.auth_source": "admin", "connections.1.appname": "x y",
        ])
        #expect(address.uri.begins(with: "mongodb://us%2Fer:p%40%3As@h1:1001,[::1]:27017/d?"), "\(address.uri)")
        for option in [
            "appname=x%20y", "replicaSet=rs", "authSource=admin", "connectTimeoutMS=5000", "socketTimeoutMS=30000",
            "serverSelectionTimeoutMS=5000", "waitQueueTimeoutMS=30000", "retryWrites=true", "readPreference=primary",
            "maxPoolSize=10",
        ] { #expect(address.uri.contains(text: option), "\(option) in \(address.uri)") }
        #expect(address.place == "h1:1001,[::1]:27017")
        #expect(!"\(address)".contains("p%40"))
    }

    @Test("A URI takes precedence, and missing parts are added")
    func uri() async throws {
        let address = try await address([
            "connection.uri": "mongodb://a:b@h:1,i:2/base?replicaSet=own&socketTimeoutMS=7&ssl=true",
            "connection.database": "other", "options.replica_set": "rs", "options.ssl": "false",
            "credential.username": "x", "credential.password": "y",
        ])
        #expect(address.uri.begins(with: "mongodb://a:b@h:1,i:2/base?replicaSet=own&socketTimeoutMS=7&ssl=true&"))
        #expect(!address.uri.contains(text: "tls=") && !address.uri.contains(text: "replicaSet=rs"))
        #expect(address.database == "base")
    }

    @Test("An empty user and password, or an empty URI, count as missing")
    func emptyCredential() async throws {
        let config = Self.host.override([
            "connection.uri": "", "credential.username": "", "credential.password": "",
        ])
        #expect(try await address(config).uri.begins(with: "mongodb://h:27017/d?"))
    }

    @Test(
        "Each mistake has its error code",
        arguments: [
            ([:], "NO_CONNECTION"), (["connection.database": "d"], "NO_HOST"),
            (["connection.host": "h"], "NO_DATABASE"),
            (["connection.host": "h", "connection.database": "a b"], "BAD_DATABASE"),
            (["connection.host": "h", "connection.database": "d", "connection.port": "x"], "NO_PORT"),
            (["connection.host": "h", "connection.database": "d", "connection.port": "70000"], "NO_PORT"),
            (["connection.uri": "http://h/d"], "UNSUPPORTED_PROTOCOL"),
            (["connection.uri": "mongodb://h"], "NO_DATABASE"),
            (["connection.uri": "mongodb://h:x/d"], "NO_PORT"),
            (["connection.uri": "mongodb://h/d?nonsense=1"], "UNKNOWN_OPTION"),
            (["connection.uri": "mongodb://h/d?retryWrites=maybe"], "BAD_OPTION"),
            (["connection.uri": "mongodb://h/d?w=0"], "BAD_OPTION"),
            (["connection.uri": "mongodb://h/d?socketTimeoutMS=-1"], "BAD_OPTION"),
            (["connection.host": "h", "connection.database": "d", "connection.replicset": "x"], "UNKNOWN_OPTION"),
            (["connection.host": "h", "connection.database": "d", "credential.password": "x"], "NO_USER"),
            (["connections.1.host": "h", "connections.2.uri": "mongodb://h/d"], "BAD_URI"),
        ] as [(ConfigParams, String)])
    func mistakes(_ config: ConfigParams, _ expected: String) async {
        let code = await code(config)
        #expect(code == expected)
    }

    @Test("An unknown option is reported with the nearest name, and no error shows a secret")
    func hints() async throws {
        do {
            _ = try await address(["connection.uri": "mongodb://u:s3cret@h/d?replicaset=a&retryWrite=true"])
            Issue.record("nothing was thrown")
        } catch let error as ApplicationError {
            #expect(error.message.contains("'retryWrites'"), "\(error.message)")
            #expect(!"\(error)".contains("s3cret"))
        }
    }

    @Test(
        "Collection names that MongoDB rejects are refused before anything is sent",
        arguments: [
            "", "a$b", "system.users", "a\u{0}", ".a", "a.", String(repeating: "x", count: 201),
        ])
    func collections(_ name: String) async {
        let code = await DriverFixture.code { _ = try MongoDBCollectionName(name, .empty) }
        #expect(code == "BAD_COLLECTION")
    }

    @Test(
        "Server error codes map to categories",
        arguments: [
            (11000, "ALREADY_EXISTS", ErrorCategory.conflict), (10107, "NOT_PRIMARY", .noResponse),
            (13435, "NOT_PRIMARY", .noResponse), (11602, "NOT_PRIMARY", .noResponse),
            (18, "ACCESS_DENIED", .noResponse),
            (50, "TIMEOUT", .noResponse), (10334, "DOCUMENT_TOO_LARGE", .badRequest), (2, "BAD_QUERY", .badRequest),
            (43, "CURSOR_LOST", .noResponse), (112, "WRITE_CONFLICT", .conflict),
            (263, "NO_TRANSACTIONS", .unsupported),
            (4711, "REFUSED", .failedInvocation),
        ] as [(Int, String, ErrorCategory)])
    func serverCodes(_ code: Int, _ expected: String, _ category: ErrorCategory) {
        let error = MongoDBFault(code: code, "reason").error(.empty, "find in 'c'", "h:1")
        #expect(error.code == expected && error.category == category)
        #expect(error.details["server_code"] == .integer(Int64(code)))
        #expect(error.message.contains("find in 'c'"))
        // What reaches callers of the service does not tell them where the server is.
        let text = "\(error.message) \(error.details)"
        #expect(text.contains("h:1") == (error.category == .noResponse), "\(text)")
    }
}
