import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// Where a function is, and what a client sends it.
@Suite struct CloudFunctionClientTests {
    private static func resolve(_ config: ConfigParams) async throws -> GCPConnectionParams {
        try await assemble(GCPConnectionResolver(), config: config).resolve(.empty)
    }

    @Test("The URL is composed from its parts, or parsed into them") func address() async throws {
        let parts: ConfigParams = [
            "connection.protocol": "https", "connection.region": "europe-west1",
            "connection.project_id": "my-project-1",
            "connection.function": "beacons", "credential.auth_token": "s3cret",
        ]
        let made = try await Self.resolve(parts)
        #expect(made.uri == "https://europe-west1-my-project-1.cloudfunctions.net/beacons")
        #expect(made.authToken == "s3cret")
        let read = try await Self.resolve([
            "connection.uri": "https://europe-west1-my-project-1.cloudfunctions.net/beacons"
        ])
        #expect(read.region == "europe-west1")
        #expect(read.projectId == "my-project-1")
        #expect(read.function == "beacons")
        #expect(read.protocol == "https")
        let run = try await Self.resolve(["connection.uri": "http://localhost:8080"])
        #expect(run.uri == "http://localhost:8080")
        #expect(run.region == nil && run.function == nil)
    }

    @Test(
        "An invalid URL is an error with the expected form",
        arguments: [
            ("https://", "BAD_URI"), ("localhost:8080/f", "WRONG_PROTOCOL"), ("https://host/f?a=b", "BAD_URI"),
            ("https://user:pass@host/f", "BAD_URI"), ("https://host:http/f", "NO_PORT"),
            ("ftp://host/f", "WRONG_PROTOCOL"),
            ("https://a,b/f", "BAD_URI"), ("", "NO_CONNECTION_URI"),
        ]) func badAddress(uri: String, code: String) async throws
    {
        let error = await #expect(throws: ApplicationError.self) {
            try await Self.resolve(["connection.uri": uri, "connection.protocol": "", "connection.discovery_key": ""])
        }
        #expect(error?.code == code)
        #expect(error?.message.contains("expected") == true)
        #expect(error?.message.contains("pass") == false)
    }

    @Test("Parameters have the toolkit's names, and the description shows no secrets") func parameters() {
        var params = GCPConnectionParams(
            tuples: ["connection.uri", "http://a/f", "connection.org_id", "o", "credential.auth_token", "s3cret"])
        #expect(params.uri == "http://a/f" && params.orgId == "o" && params.authToken == "s3cret")
        params.account = "default"
        params.projectId = "p"
        params.region = "r"
        params.function = "f"
        params.protocol = "http"
        #expect(params.config["project_id"] == "p" && params.config["account"] == "default")
        #expect(!"\(params)".contains("s3cret") && !String(reflecting: params).contains("s3cret"))
        #expect(GCPConnectionParams(parsing: "region=r;function=f").region == "r")
        #expect(GCPConnectionParams.mergeConfigs(["region": "a"], ["region": "b"]).region == "b")
        #expect(throws: ApplicationError.self) {
            try GCPConnectionParams(["uri": "u", "protocol": "x"]).validate(.empty)
        }
    }

    private static func client(
        _ config: ConfigParams, _ clock: VirtualClock = VirtualClock(),
        _ answer: @escaping @Sendable (Int, HTTPClientRequest) async throws -> HTTPClientResponse
    ) async throws -> (CommandableCloudFunctionClient, ScriptedConnector) {
        let connector = ScriptedConnector(answer)
        let client = CommandableCloudFunctionClient()
        try await assemble(
            client, config: config,
            references: [
                "test:http-connector:scripted:default:1.0": connector, "test:clock:virtual:default:1.0": clock,
            ])
        for component in ComponentModel(client, name: "client").components {
            try await (component as? CloudFunctionClient)?.open(.empty)
        }
        return (client, connector)
    }

    @Test("A call posts the arguments with cmd and trace_id to the function's URL") func call() async throws {
        let (client, connector) = try await Self.client([
            "connection.uri": "https://r-1-p.cloudfunctions.net/f", "credential.auth_token": "token", "name": "wire",
        ]) { _, _ in HTTPClientResponse(200, #"{"b":2}"#) }
        var context = Context(traceId: "t")
        context.traceParent = TraceParent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        let result: AnyValueMap? = try await client.callCommand(context, "echo", ["a": 1])
        #expect(result == ["b": 2])
        let request = try #require(connector.requests.first)
        #expect(request.method == .post)
        #expect(request.url == "https://r-1-p.cloudfunctions.net/f")
        #expect(request[header: "Authorization"] == "Bearer token")
        #expect(request[header: "Content-Type"] == "application/json")
        #expect(request[header: "traceparent"]?.hasPrefix("00-0af7651916cd43dd8448eb211c80319c-") == true)
        let body = try JSONConverter.fromJSON(
            String(decoding: try await request.body.collect(upTo: 1000), as: UTF8.self))
        #expect(body == ["a": 1, "cmd": "wire.echo", "trace_id": "t"])
        let _: AnyValue? = try await client.callCommand(.empty, "wire.echo")
        let second = try await connector.requests[1].body.collect(upTo: 1000)
        #expect(String(decoding: second, as: UTF8.self) == #"{"cmd":"wire.echo"}"#)
    }

    @Test("Errors of the function are rethrown unchanged") func errors() async throws {
        let (client, _) = try await Self.client(["connection.uri": "http://host/f"]) { count, _ in
            switch count {
            case 0: HTTPClientResponse(404, #"{"category":"NotFound","code":"X","message":"gone","status":404}"#)
            case 1: HTTPClientResponse(204, "")
            default: HTTPClientResponse(500, "<html>")
            }
        }
        let error = await #expect(throws: ApplicationError.self) {
            let _: AnyValue? = try await client.callCommand(.empty, "get")
        }
        #expect(error?.code == "X" && error?.category == .notFound)
        let nothing: AnyValue? = try await client.callCommand(.empty, "get")
        #expect(nothing == nil)
        let other = await #expect(throws: ApplicationError.self) {
            let _: AnyValue? = try await client.callCommand(.empty, "get")
        }
        #expect(other?.code == "HTTP_500")
    }

    @Test("A closed client and an empty command are errors") func misuse() async throws {
        let client = CloudFunctionClient()
        let closed = await #expect(throws: ApplicationError.self) {
            let _: AnyValue? = try await client.call(.empty, "get")
        }
        #expect(closed?.code == "NOT_OPENED")
        let empty = await #expect(throws: ApplicationError.self) {
            let _: AnyValue? = try await client.call(.empty, "")
        }
        #expect(empty?.code == "NO_COMMAND")
    }

    /// A token that expires.
    private static func token(_ name: String, exp: Double) -> String {
        func part(_ text: String) -> String {
            Data(text.utf8).base64EncodedString().replacing("=", with: "").replacing("+", with: "-").replacing(
                "/", with: "_")
        }
        return "\(part(#"{"alg":"RS256"}"#)).\(part("{\"exp\":\(Int(exp)),\"name\":\"\(name)?>\"}")).signature"
    }

    @Test("An account's identity token is issued by the metadata server, and renewed before it expires")
    func identityTokens() async throws {
        let clock = VirtualClock()
        let issued = Locked(0)
        let (client, connector) = try await Self.client(
            [
                "connection.uri": "https://host/f", "credential.account": "default", "options.metadata_host": "meta:80",
            ], clock
        ) { _, request in
            guard request.url.contains("computeMetadata") else { return HTTPClientResponse(204, "") }
            let number = issued.withLock { count in
                count += 1
                return count
            }
            return HTTPClientResponse(
                200, Self.token("\(number)", exp: clock.now.timeIntervalSince1970 + 3600) + "\n")
        }
        func call() async throws { let _: AnyValue? = try await client.callCommand(.empty, "get") }
        // Calls at the same time share one token.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<10 { group.addTask { let _: AnyValue? = try await client.callCommand(.empty, "get") } }
            try await group.waitForAll()
        }
        #expect(issued.current == 1)
        let asked = try #require(connector.requests.first { $0.url.contains("computeMetadata") })
        #expect(
            asked.url == "http://meta:80/computeMetadata/v1/instance/service-accounts/default/identity"
                + "?audience=https%3A%2F%2Fhost%2Ff&format=full")
        #expect(asked[header: "Metadata-Flavor"] == "Google")
        let sent = connector.requests.last?[header: "Authorization"] ?? ""
        #expect(sent == "Bearer " + Self.token("1", exp: clock.now.timeIntervalSince1970 + 3600))
        clock.advance(by: .seconds(3299))
        try await call()
        #expect(issued.current == 1)
        clock.advance(by: .seconds(2))
        try await call()
        #expect(issued.current == 2)
    }

    @Test("A token with an invalid expiration is used once", arguments: ["-1e300", "-5", "1e300"])
    func impossibleEnd(exp: String) async throws {
        let claims = Data("{\"exp\":\(exp)}".utf8).base64EncodedString().replacing("=", with: "")
        let (client, connector) = try await Self.client(
            ["connection.uri": "https://host/f", "credential.account": "default"]
        ) { _, request in
            request.url.contains("computeMetadata")
                ? HTTPClientResponse(200, "a.\(claims).c") : HTTPClientResponse(204, "")
        }
        for _ in 0..<2 { let _: AnyValue? = try await client.callCommand(.empty, "get") }
        #expect(connector.requests.count == (exp == "1e300" ? 3 : 4))
    }

    @Test("A refused token is not reused, and a missing metadata server is an error without secrets")
    func tokenFailures() async throws {
        let (client, connector) = try await Self.client(
            ["connection.uri": "https://host/f", "credential.account": "default"]
        ) { count, request in
            switch count {
            case 0, 2: HTTPClientResponse(200, Self.token("x", exp: 9e9))
            case 1: HTTPClientResponse(401, "")
            case 3: HTTPClientResponse(403, "")
            default: HTTPClientResponse(404, "token-of-somebody")
            }
        }
        for _ in 0..<2 {
            await #expect(throws: ApplicationError.self) {
                let _: AnyValue? = try await client.callCommand(.empty, "get")
            }
        }
        #expect(connector.requests.map { $0.url.contains("computeMetadata") } == [true, false, true, false])
        let (other, _) = try await Self.client(
            ["connection.uri": "https://host/f", "credential.account": "default"]
        ) { _, _ in HTTPClientResponse(404, "token-of-somebody") }
        let error = await #expect(throws: ApplicationError.self) {
            let _: AnyValue? = try await other.callCommand(.empty, "get")
        }
        #expect(error?.code == "BAD_RESPONSE")
        #expect(error?.message.contains("metadata server issued no identity token for the account 'default'") == true)
        #expect("\(String(describing: error))".contains("token-of-somebody") == false)
    }
}
