#if PIP_AZURE
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// Where a function of Azure is, and what a client sends it.
@Suite struct AzureFunctionClientTests {
    private static func resolve(_ config: ConfigParams) async throws -> AzureFunctionConnectionParams {
        try await assemble(AzureFunctionConnectionResolver(), config: config).resolve(.empty)
    }

    @Test("The address is composed of its parts, or split into them") func address() async throws {
        let made = try await Self.resolve([
            "connection.protocol": "https", "connection.app_name": "myapp", "connection.function_name": "beacons",
            "credential.auth_code": "s3cret",
        ])
        #expect(made.uri == "https://myapp.azurewebsites.net/api/beacons" && made.authCode == "s3cret")
        let read = try await Self.resolve(["connection.uri": "https://myapp.azurewebsites.net/api/beacons"])
        #expect(read.appName == "myapp" && read.functionName == "beacons" && read.protocol == "https")
        let other = try await Self.resolve(["connection.uri": "http://localhost:7071/api/f"])
        #expect(other.appName == nil && other.functionName == "f" && other.uri == "http://localhost:7071/api/f")
    }

    @Test(
        "An address that cannot be used is an error that says what is expected",
        arguments: [
            ("https://", "BAD_URI"), ("localhost:8080/f", "WRONG_PROTOCOL"), ("https://host/f?code=pass", "BAD_URI"),
            ("https://user:pass@host/f", "BAD_URI"), ("https://host:http/f", "NO_PORT"),
            ("ftp://host/f", "WRONG_PROTOCOL"), ("https://a,b/f", "BAD_URI"), ("", "NO_CONNECTION_URI"),
        ]) func badAddress(uri: String, code: String) async throws
    {
        let error = await #expect(throws: ApplicationError.self) {
            try await Self.resolve(["connection.uri": uri, "connection.protocol": "", "connection.discovery_key": ""])
        }
        #expect(error?.code == code)
        #expect(error?.message.contains("expected") == true)
        #expect(error?.message.contains("pass") == false)
    }

    @Test("Parameters have the toolkit's names, and a description without the key") func parameters() {
        var params = AzureFunctionConnectionParams(
            tuples: ["connection.uri", "http://a/f", "credential.auth_code", "s3cret"])
        #expect(params.uri == "http://a/f" && params.authCode == "s3cret")
        params.appName = "app"
        params.functionName = "f"
        params.protocol = "http"
        #expect(params.config["app_name"] == "app" && params.config["function_name"] == "f")
        var dumped = ""
        dump(params, to: &dumped)
        for text in ["\(params)", String(reflecting: params), dumped] { #expect(!text.contains("s3cret"), "\(text)") }
        #expect(AzureFunctionConnectionParams(parsing: "app_name=a;function_name=f").appName == "a")
        #expect(AzureFunctionConnectionParams.mergeConfigs(["uri": "a"], ["uri": "b"]).uri == "b")
        #expect(throws: ApplicationError.self) {
            try AzureFunctionConnectionParams(["uri": "u", "protocol": "x"]).validate(.empty)
        }
    }

    private static func client(
        _ config: ConfigParams,
        _ answer: @escaping @Sendable (Int, HTTPClientRequest) async throws -> HTTPClientResponse
    ) async throws -> (CommandableAzureFunctionClient, ScriptedConnector) {
        let connector = ScriptedConnector(answer)
        let client = CommandableAzureFunctionClient()
        try await assemble(
            client, config: config,
            references: [
                "test:http-connector:scripted:default:1.0": connector, "test:clock:virtual:default:1.0": VirtualClock(),
            ])
        for component in ComponentModel(client, name: "client").components {
            try await (component as? AzureFunctionClient)?.open(.empty)
        }
        return (client, connector)
    }

    @Test("A call posts the arguments with cmd, trace_id and the key to the address of the function") func call()
        async throws
    {
        let (client, connector) = try await Self.client([
            "connection.uri": "https://app.azurewebsites.net/api/f", "credential.auth_code": "key==", "name": "wire",
        ]) { _, _ in HTTPClientResponse(200, #"{"b":2}"#) }
        let result: AnyValueMap? = try await client.callCommand(Context(traceId: "t"), "echo", ["a": 1])
        #expect(result == ["b": 2])
        let request = try #require(connector.requests.first)
        #expect(request.method == .post && request.url == "https://app.azurewebsites.net/api/f")
        #expect(request[header: "x-functions-key"] == "key==" && request[header: "Authorization"] == nil)
        let body = try JSONConverter.fromJSON(
            String(decoding: try await request.body.collect(upTo: 1000), as: UTF8.self))
        #expect(body == ["a": 1, "cmd": "wire.echo", "trace_id": "t"])
        let _: AnyValue? = try await client.callCommand(.empty, "wire.echo")
        let second = try await connector.requests[1].body.collect(upTo: 1000)
        #expect(String(decoding: second, as: UTF8.self) == #"{"cmd":"wire.echo"}"#)
    }

    @Test("Errors of the function arrive as they were thrown; a rejected key is an error that names the setting")
    func errors() async throws {
        let (client, _) = try await Self.client(
            ["connection.uri": "http://host/f", "credential.auth_code": "s3cret"]
        ) { count, _ in
            switch count {
            case 0: HTTPClientResponse(404, #"{"category":"NotFound","code":"X","message":"gone","status":404}"#)
            case 1: HTTPClientResponse(401, #"{"category":"Unauthorized","code":"Y","message":"no","status":401}"#)
            case 2: HTTPClientResponse(204, "")
            default: HTTPClientResponse(401, "")
            }
        }
        func error() async -> ApplicationError? {
            await AzureFunctionFixture.error { let _: AnyValue? = try await client.callCommand(.empty, "get") }
        }
        let gone = await error()
        #expect(gone?.code == "X" && gone?.category == .notFound)
        #expect(await error()?.code == "Y")
        #expect(await error() == nil)
        let refused = await error()
        #expect(refused?.code == "WRONG_KEY" && refused?.category == .unauthorized)
        #expect(refused?.message.contains("'credential.auth_code'") == true)
        #expect("\(String(describing: refused))".contains("s3cret") == false)
        let (keyless, connector) = try await Self.client(["connection.uri": "http://host/f"]) { _, _ in
            HTTPClientResponse(401, "")
        }
        let missing = await AzureFunctionFixture.error {
            let _: AnyValue? = try await keyless.callCommand(.empty, "get")
        }
        #expect(missing?.code == "WRONG_KEY" && missing?.message.hasSuffix("it is missing") == true)
        #expect(connector.requests.first?[header: "x-functions-key"] == nil)
    }

    @Test("A closed client and an empty command are errors") func misuse() async throws {
        let client = AzureFunctionClient()
        func code(_ cmd: String) async -> String? {
            await AzureFunctionFixture.error { let _: AnyValue? = try await client.call(.empty, cmd) }?.code
        }
        #expect(await code("get") == "NOT_OPENED")
        #expect(await code("") == "NO_COMMAND")
        #expect(!client.isOpen)
    }
}
#endif
