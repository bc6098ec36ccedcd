#if PIP_MONGODB
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// TLS with an authority of our own and certificates of clients.
@Suite(.serialized) struct MongoDBTLSTests {
    /// An authority, a certificate of the server and one of a client, each with its key in one file.
    private static func certificates(in folder: String) async throws {
        func run(_ line: String) async throws {
            _ = try await Program.run("openssl", line.split(separator: " ").map(String.init), in: folder)
        }
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
        for name in ["ca", "other"] {
            try await run("req -x509 \(key) -keyout \(name).key -out \(name).crt -days 2 -subj /CN=\(name)")
        }
        try Data("subjectAltName=IP:127.0.0.1,DNS:localhost".utf8).write(to: URL(fileURLWithPath: folder + "/san"))
        for name in ["server", "client"] {
            try await run("req \(key) -keyout \(name).key -out \(name).csr -subj /CN=\(name)")
            try await run(
                "x509 -req -in \(name).csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile san -out \(name).crt"
            )
            let both = try ["crt", "key"].map { try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name).\($0)")) }
            try (both[0] + both[1]).write(to: URL(fileURLWithPath: "\(folder)/\(name).pem"))
        }
    }

    @Test("The server's and the client's certificates are verified")
    func certificates() async throws {
        try await Program.withFolder { folder in
            try await Self.certificates(in: folder)
            let server = try await MongoDBFixture.standIn([
                "--cert", "\(folder)/server.crt", "--key", "\(folder)/server.key", "--ca", "\(folder)/ca.crt",
            ])
            func code(_ more: ConfigParams) async -> String? {
                let config = ConfigParams([
                    "options.server_selection_timeout": "1000", "options.connect_timeout": "1000",
                    "options.ssl": "true",
                ]).override(more)
                return await DriverFixture.code {
                    try await MongoDBFixture.with(server.port, config) { try await $0.checkReadiness(.empty) }
                }
            }
            let client: ConfigParams = ["options.tls_certificate_key_file": "\(folder)/client.pem"]
            let authority: ConfigParams = ["options.tls_ca_file": "\(folder)/ca.crt"]
            #expect(await code(client.override(authority)) == nil)
            #expect(await code(client.override(["options.tls_ca_file": "\(folder)/other.crt"])) == "CONNECT_FAILED")
            #expect(await code(authority) == "CONNECT_FAILED")
            #expect(await code(client) == "CONNECT_FAILED")
            #expect(await code(client.override(["options.tls_insecure": "true"])) == nil)
            #expect(await code(["options.ssl": "false"]) == "CONNECT_FAILED")
            let missing = await code(client.override(["options.tls_ca_file": "\(folder)/none.crt"]))
            #expect(missing != nil)
        }
    }
}
#endif
