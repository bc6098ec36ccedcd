import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// A function of Google Cloud: what it adds to a configuration, and what it answers.
@Suite struct CloudFunctionTests {
    /// Commands as `Tests/Servers/cloud_function.py` has them.
    final class WireService: Component, Commandable {
        var commands: CommandSet {
            CommandSet {
                Command("echo") { (_, arguments: Parameters) in arguments.values }
                Command("nothing") { (_, _: Parameters) -> AnyValue? in nil }
                Command("fail") { (context, arguments: Parameters) -> AnyValue? in
                    throw ApplicationError(
                        ErrorCategory(rawValue: arguments.getAsString("category")), code: "TEST_CODE", "Test message é",
                        traceId: context.traceId, details: ["key": "value"])
                }
                Command("trace") { (context, _: Parameters) -> AnyValueMap? in
                    ["trace_id": context.traceId.map(AnyValue.string) ?? .null]
                }
            }
        }
    }

    final class Controller: CloudFunctionController {
        let list: [CloudFunctionAction]
        let name: String
        init(_ name: String = "", _ list: [CloudFunctionAction]) { (self.name, self.list) = (name, list) }
        var actions: [CloudFunctionAction] { list }
    }

    static let yaml = """
        - descriptor: wire:service:default:default:1.0
        - descriptor: pip-services:controller:commandable-cloudfunc:default:1.0
          name: wire
          dependencies: { service: wire:service:*:*:1.0 }
        """

    /// Runs a function at a free port.
    static func run(
        _ yaml: String = yaml, controllers: [Controller] = [],
        _ body: @Sendable (RestTestClient, HTTPEndpoint) async throws -> Void
    ) async throws {
        var config = try ContainerConfigReader.readFromYAML(yaml)
        let factory = Factory("wire:service:*:*:1.0") { WireService() }
        for (index, controller) in controllers.enumerated() {
            let descriptor = Descriptor("wire", "controller", "cloudfunc", "\(index)", "1.0")
            factory.register(.descriptor(descriptor)) { controller }
            config.components.append(ComponentConfig(descriptor))
        }
        CloudFunction.complete(&config, ["PORT": "0"])
        let container = Container("wire", factories: [factory])
        await container.configure(config)
        try await container.open(.empty)
        do {
            let endpoint = try container.references.getOneRequired("*:endpoint:http:*:1.0", as: HTTPEndpoint.self)
            try await body(RestTestClient(endpoint), endpoint)
        } catch {
            try? await container.close(.empty)
            throw error
        }
        try await container.close(.empty)
    }

    @Test("An action returns the result of its command: JSON, nothing or an error") func actionsAnswer() async throws {
        try await Self.run { client, _ async throws in
            let echo = try await client.post("/", ["cmd": "wire.echo", "a": 1, "trace_id": "t", "correlation_id": "c"])
            #expect(echo.status == 200)
            #expect(echo.text == #"{"a":1}"#)
            #expect(try await client.post("/", ["cmd": "wire.nothing"]).status == 204)
            let fail = try await client.post("/", ["cmd": "wire.fail", "category": "NotFound", "trace_id": "t9"])
            #expect(fail.status == 404)
            #expect(fail.error?.code == "TEST_CODE")
            #expect(fail.error?.traceId == "t9")
        }
    }

    @Test("Command and trace id are accepted in the body and in the query") func placesOfNames() async throws {
        try await Self.run { client, _ async throws in
            func trace(_ target: String, _ body: AnyValue) async throws -> AnyValue? {
                try await client.post(target, body).json["trace_id"]
            }
            #expect(try await trace("/", ["cmd": "wire.trace", "trace_id": "a"]) == "a")
            #expect(try await trace("/", ["cmd": "wire.trace", "correlation_id": "b"]) == "b")
            #expect(try await trace("/?cmd=wire.trace&trace_id=c", [:]) == "c")
            #expect(try await trace("/?trace_id=c", ["cmd": "wire.trace", "trace_id": "a"]) == "c")
            // A command in the body comes first.
            #expect(try await client.post("/?cmd=wire.nothing", ["cmd": "wire.trace"]).status == 200)
            #expect(try await client.post("/?cmd=wire.echo", ["cmd": "", "a": 1]).text == #"{"a":1}"#)
        }
    }

    @Test("A missing or unknown command, and an unknown format, are refused")
    func badRequests() async throws {
        try await Self.run { client, _ async throws in
            for body in [[:], ["cmd": ""], ["cmd": 5], [1, 2], "wire.echo", 5, .null] as [AnyValue] {
                let answer = try await client.post("/", body)
                #expect(answer.status == 400 && answer.error?.code == "NO_COMMAND", "\(body)")
            }
            #expect(try await client.send(.post, "/").error?.code == "NO_COMMAND")
            let unknown = try await client.post("/", ["cmd": "wire.ecko"])
            #expect(unknown.status == 400)
            #expect(unknown.error?.code == "NO_ACTION")
            #expect(unknown.error?.message == "The action 'wire.ecko' was not found; did you mean 'wire.echo'?")
            #expect(unknown.error?.details["command"] == "wire.ecko")
            let long = try await client.post("/", ["cmd": .string(String(repeating: "a", count: 10_000))])
            #expect(long.error?.code == "NO_ACTION" && long.text.utf8.count < 1000)
            #expect(try await client.send(.get, "/?cmd=wire.echo").status == 405)
        }
        try await Self.run { _, endpoint async throws in
            func answer(_ type: String?) async -> RestResponse {
                let headers = HeaderFields(type.map { [("Content-Type", $0)] } ?? [])
                return await endpoint.respond(
                    to: RestRequest(.post, "/?cmd=wire.echo", headers: headers, body: RestBody(Array("{".utf8))))
            }
            #expect(await answer("application/json").status == 400)
            #expect(await answer(nil).status == 400)
            // What does not claim to be JSON is left to the action.
            #expect(await answer("text/plain").status == 200)
        }
    }

    @Test("Custom actions have names, schemas and authorizers") func actionsOfCode() async throws {
        let schema = ObjectSchema(allowUndefined: true).withRequiredProperty("site", .string)
            .withRequiredProperty(
                "body", .schema(ObjectSchema(allowUndefined: true).withRequiredProperty("id", .string)))
        let controllers = [
            Controller(
                "mine",
                [
                    CloudFunctionAction("get", schema: schema) { (_, arguments: Parameters) -> String? in
                        arguments.getAsString("id")
                    },
                    CloudFunctionAction("secret", authorizer: BasicAuthorizer.signed()) { _, _ -> String? in "s" },
                ]),
            Controller("", [CloudFunctionAction("raw") { _, request, _ in RestResponse.text(request.path) }]),
        ]
        try await Self.run(controllers: controllers) { client, _ async throws in
            #expect(try await client.post("/?site=1", ["cmd": "mine.get", "id": "7"]).text == #""7""#)
            #expect(try await client.post("/", ["cmd": "mine.get", "id": "7"]).error?.code == "INVALID_DATA")
            #expect(try await client.post("/?site=1", ["cmd": "mine.get"]).error?.code == "INVALID_DATA")
            #expect(try await client.post("/", ["cmd": "mine.secret"]).status == 401)
            #expect(try await client.post("/", ["cmd": "raw"]).text == "/")
            #expect(try await client.post("/", ["cmd": "wire.nothing"]).status == 204)
        }
    }

    @Test("A repeated or missing action name fails the start") func badActions() async throws {
        let action = CloudFunctionAction("a") { (_, _: Parameters) -> String? in nil }
        let unnamed = CloudFunctionAction("") { (_, _: Parameters) -> String? in nil }
        for (controllers, code) in [
            ([Controller("x", [action]), Controller("x", [action])], "DUPLICATED_ACTION"),
            ([Controller("x", [unnamed])], "NO_COMMAND"),
        ] {
            let error = await #expect(throws: ApplicationError.self) {
                try await Self.run(controllers: controllers) { _, _ in }
            }
            #expect(error?.code == code)
        }
    }

    @Test("A function adds an endpoint at PORT and a handler, and on Google Cloud a logger and a shutdown limit")
    func completedConfiguration() throws {
        func complete(_ yaml: String, _ environment: AnyValueMap, service: Locator? = nil) throws -> [String:
            ConfigParams]
        {
            var config = try ContainerConfigReader.readFromYAML(yaml)
            CloudFunction.complete(
                &config, environment, adding: service.map { [CommandableCloudFunction.controller(of: $0)] } ?? [])
            return Dictionary(
                uniqueKeysWithValues: config.components.map {
                    ("\($0.descriptor?.type ?? ""):\($0.descriptor?.kind ?? "")", $0.config)
                })
        }
        let local = try complete("", ["PORT": "9000"])
        #expect(Set(local.keys) == ["endpoint:http", "function:cloudfunc"])
        #expect(local["endpoint:http"]?["connection.port"] == "9000")
        #expect(try complete("", ["PORT": ""])["endpoint:http"]?["connection.port"] == "8080")
        let cloud = try complete("", ["K_SERVICE": "beacons"])
        #expect(cloud["logger:console"]?["format"] == "google")
        #expect(cloud["logger:console"]?["source"] == "beacons")
        #expect(cloud["container:default"]?["shutdown.timeout"] == "8000")
        let own = try complete(
            """
            - descriptor: pip-services:logger:console:default:1.0
            - descriptor: pip-services:container:default:default:1.0
            - descriptor: pip-services:endpoint:http:default:1.0
              connection.port: 1
            """, ["K_SERVICE": "beacons", "PORT": "2"], service: "beacons:service:*:*:1.0")
        #expect(own.count == 5)
        #expect(own["logger:console"]?["format"] == nil)
        #expect(own["container:default"]?["shutdown.timeout"] == nil)
        #expect(own["endpoint:http"]?["connection.port"] == "1")
        #expect(own["controller:commandable-cloudfunc"]?["dependencies.service"] == "beacons:service:*:*:1.0")
        // Loggers come before what logs.
        var config = try ContainerConfigReader.readFromYAML(Self.yaml)
        CloudFunction.complete(&config, ["K_SERVICE": "beacons"])
        #expect(config.components.first?.descriptor?.type == "logger")
    }

    @Test("A malformed PORT fails the start with its value and the expected form") func badPort() async throws {
        var config = try ContainerConfigReader.readFromYAML(Self.yaml)
        CloudFunction.complete(&config, ["PORT": "http"])
        let container = Container("wire", factories: [Factory("wire:service:*:*:1.0") { WireService() }])
        await container.configure(config)
        let error = await #expect(throws: ApplicationError.self) { try await container.open(.empty) }
        #expect(error?.code == "BAD_VALUE")
        #expect(error?.message.contains("'connection.port' is 'http'; expected a whole number from 0 to 65535") == true)
    }

    @Test("Components added by a function remain after a reload") func reload() async throws {
        let factory = Factory("wire:service:*:*:1.0") { WireService() }
        let container = Container(
            "wire", nil, nil, DefaultFactories.create() + [factory], NullLogger(),
            completing: { CloudFunction.complete(&$0, ["PORT": "0"]) })
        await container.configure(try ContainerConfigReader.readFromYAML(Self.yaml))
        try await container.open(.empty)
        let warnings = try await container.reload(.empty, try ContainerConfigReader.readFromYAML(Self.yaml))
        #expect(warnings.isEmpty, "\(warnings)")
        try await container.close(.empty)
    }
}
