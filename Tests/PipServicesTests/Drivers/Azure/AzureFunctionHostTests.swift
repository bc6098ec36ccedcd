#if PIP_AZURE && PIP_CURL && PIP_HTTP
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// A function behind the stand-in for the Functions host, see `Tests/Servers/azure_functions.py`.
@Suite struct AzureFunctionHostTests {
    typealias Fixture = AzureFunctionFixture

    private static let script = "\(#filePath)".replacing(
        "PipServicesTests/Drivers/Azure/AzureFunctionHostTests.swift", with: "Servers/azure_functions.py")

    private static let trigger = """
        { "type": "httpTrigger", "direction": "in", "name": "req", "authLevel": "function",
          "methods": ["get", "post", "put"], "route": "{*path}" }
        """

    /// Runs a function and a host for it.
    private static func run(
        forwards: Bool, _ body: @Sendable (ServerProcess) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "pip-azure-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        func write(_ path: String, _ text: String) throws {
            let file = folder.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        try write(
            "host.json",
            """
            { "version": "2.0",
              "customHandler": { "description": { "defaultExecutablePath": "f" },
                                 "enableForwardingHttpRequest": \(forwards) },
              "extensions": { "http": { "routePrefix": "" }, "queues": { "maxDequeueCount": 3 } } }
            """)
        try write(
            "web/function.json",
            #"{ "bindings": [ \#(trigger), { "type": "http", "direction": "out", "name": "res" } ] }"#)
        try write(
            "jobs/function.json",
            """
            { "bindings": [
              { "type": "queueTrigger", "direction": "in", "name": "item", "queueName": "jobs", "connection": "c" },
              { "type": "queue", "direction": "out", "name": "$return", "queueName": "done", "connection": "c" } ] }
            """)
        try write(
            "clean_up/function.json",
            """
            { "bindings": [
              { "type": "timerTrigger", "direction": "in", "name": "timer", "schedule": "0 */5 * * * *" } ] }
            """)
        let attempts = Locked(0)
        let controllers = [
            Fixture.Controller(
                "",
                [
                    AzureFunctionAction("clean_up") { (_, arguments: Parameters) -> AnyValue? in
                        ["late": arguments["IsPastDue"] ?? .null]
                    },
                    AzureFunctionAction("flaky") { (context, _: Parameters) -> AnyValue? in
                        let count = attempts.withLock { count in
                            count += 1
                            return count
                        }
                        guard count == 2 else { throw ApplicationError.connection(code: "LOST", "lost") }
                        return context["azure_metadata"]?["DequeueCount"]
                    },
                ])
        ]
        let settings = forwards ? "  forwarding: true\n  events: [jobs, clean_up]\n" : ""
        try await Fixture.run(Fixture.yaml + settings, controllers: controllers) { container, _ async throws in
            let endpoint = try container.references.getOneRequired("*:endpoint:http:*:1.0", as: HTTPEndpoint.self)
            let host = try await ServerProcess.python(
                script, ["--app", folder.path, "--handler", "\(try #require(endpoint.port))"])
            defer { host.kill() }
            try await body(host)
        }
    }

    private static func request(
        _ host: ServerProcess, _ method: HTTPMethod, _ path: String, _ body: AnyValue? = nil, key: String = "test-key"
    ) async throws -> (status: Int, headers: HTTPClientResponse, body: [UInt8]) {
        let response = try await CurlConnector().send(
            .empty,
            HTTPClientRequest(
                method, "http://\(host.address)\(path)",
                headers: [("x-functions-key", key), ("Content-Type", "application/json")],
                body: HTTPBody(body.map { JSONWriter.bytes(of: $0) } ?? []), timeout: .seconds(30)))
        return (response.status, response, try await response.body.collect(upTo: 1_000_000))
    }

    @Test("Both forms of HTTP triggers have the same responses, for actions and for routes", arguments: [false, true])
    func http(forwards: Bool) async throws {
        try await Self.run(forwards: forwards) { host async throws in
            func answer(_ method: HTTPMethod, _ path: String, _ body: AnyValue? = nil) async throws -> (Int, AnyValue) {
                let (status, _, bytes) = try await Self.request(host, method, path, body)
                return (status, bytes.isEmpty ? .null : try JSONParser.parse(bytes))
            }
            for path in ["/", "/api/web", "/web"] {
                let (status, value) = try await answer(.post, path, ["cmd": "wire.echo", "text": "é😀"])
                #expect(status == 200 && value == ["text": "é😀"], "\(path)")
            }
            #expect(try await answer(.post, "/", ["cmd": "wire.nothing"]).0 == 204)
            let (status, failed) = try await answer(.post, "/", ["cmd": "wire.fail", "trace_id": "t"])
            #expect(status == 404 && failed["code"] == "TEST_CODE" && failed["trace_id"] == "t")
            #expect(failed["message"] == "Test message é")
            let (found, thing) = try await answer(.put, "/v1/things/%C3%A9?a=1&a=2", [1])
            #expect(found == 200 && thing["id"] == "é" && thing["query"] == ["a=1", "a=2"] && thing["body"] == [1])
            #expect(try await answer(.get, "/v1/none").0 == 404)
            let (unknown, error) = try await answer(.post, "/", ["cmd": "none"])
            #expect(unknown == 400 && error["code"] == "NO_ACTION")
            let bytes = try await Self.request(host, .get, "/v1/bytes")
            #expect(forwards ? bytes.body == [0x89, 0xFF, 0x00] : bytes.status == 500)
        }
    }

    @Test("Events of a queue and of a timer call actions, and failed events are retried", arguments: [false, true])
    func events(forwards: Bool) async throws {
        try await Self.run(forwards: forwards) { host async throws in
            func fire(_ function: String, _ input: AnyValue) async throws -> AnyValue {
                let (status, _, bytes) = try await Self.request(
                    host, .post, "/admin/functions/\(function)", ["input": input])
                #expect(status == 202)
                return try JSONParser.parse(bytes)
            }
            let echo = try await fire("jobs", ["cmd": "wire.echo", "text": "é"])
            #expect(echo["returned"] == ["text": "é"] && echo["attempts"] == 1)
            // As the library writes a message of the output queue.
            #expect(try echo["outputs"]?["$return"]?.string.map { try JSONConverter.fromJSON($0) } == ["text": "é"])
            let flaky = try await fire("jobs", #"{"cmd":"flaky"}"#)
            #expect(flaky["returned"] == 2 && flaky["attempts"] == 2)
            let poison = try await fire("jobs", "no JSON")
            #expect(poison["poison"] == "no JSON" && poison["attempts"] == 3)
            #expect(try await fire("clean_up", nil)["returned"] == ["late": false])
        }
    }

    @Test("The client calls a function with its key; a wrong key never passes") func client() async throws {
        try await Self.run(forwards: true) { host async throws in
            func client(_ key: String) -> String {
                """
                - descriptor: pip-services:client:commandable-azurefunc:default:1.0
                  name: wire
                  connection.uri: http://\(host.address)/api/web
                  credential.auth_code: "\(key)"
                """
            }
            try await withContainer(yaml: client("test-key")) { container async throws in
                let client = try container.references.getOneRequired("*:client:*:*:1.0", as: (any Client).self)
                let context = Context(traceId: "t")
                let echo: AnyValueMap? = try await client.callCommand(context, "echo", ["text": "é😀"])
                #expect(echo == ["text": "é😀"])
                #expect(try await client.callCommand(context, "nothing", Parameters(), as: AnyValue.self) == nil)
                let error = await Fixture.error {
                    _ = try await client.callCommand(context, "fail", Parameters(), as: AnyValue.self)
                }
                #expect(error?.category == .notFound && error?.code == "TEST_CODE" && error?.traceId == "t")
            }
            for key in ["wrong", "test-key2", "TEST-KEY"] {
                try await withContainer(yaml: client(key)) { container async throws in
                    let client = try container.references.getOneRequired("*:client:*:*:1.0", as: (any Client).self)
                    let error = await Fixture.error {
                        _ = try await client.callCommand(.empty, "echo", Parameters(), as: AnyValue.self)
                    }
                    #expect(error?.code == "WRONG_KEY", "\(key)")
                }
            }
            #expect(try await Self.request(host, .post, "/", ["cmd": "wire.echo"], key: "").status == 401)
        }
    }
}
#endif
