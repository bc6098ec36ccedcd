#if PIP_AZURE
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// A service that the tests of functions of Azure run.
enum AzureFunctionFixture {
    final class Service: Component, Commandable {
        var commands: CommandSet {
            CommandSet {
                Command("echo") { (_, arguments: Parameters) in arguments.values }
                Command("nothing") { (_, _: Parameters) -> AnyValue? in nil }
                Command("fail") { (context, arguments: Parameters) -> AnyValue? in
                    throw ApplicationError.notFound(
                        code: "TEST_CODE", "Test message é", traceId: context.traceId, details: ["key": "value"])
                }
                Command("context") { (context, _: Parameters) -> AnyValue? in
                    [
                        "trace_id": .string(context.traceId ?? ""), "function": context["azure_function"] ?? .null,
                        "id": context["azure_invocation_id"] ?? .null, "metadata": context["azure_metadata"] ?? .null,
                    ]
                }
            }
        }
    }

    final class Controller: AzureFunctionController {
        let list: [AzureFunctionAction]
        let name: String
        let interceptors: [RestInterceptor]
        init(_ name: String = "", _ list: [AzureFunctionAction], interceptors: [RestInterceptor] = []) {
            (self.name, self.list, self.interceptors) = (name, list, interceptors)
        }
        var actions: [AzureFunctionAction] { list }
    }

    /// Routes of the service.
    final class Routes: RestController {
        let rest = RestHost(baseRoute: "v1")
        var routes: [RestRoute] {
            RestRoute(.put, "/things/:id") { context, request -> AnyValue? in
                [
                    "id": .string(try request.parameter("id")), "body": try await request.body.json() ?? .null,
                    "query": .array(request.query.parameters.map { .string("\($0.name)=\($0.value)") }),
                    "header": .string(request.headers["x-list"] ?? ""), "host": .string(request.host ?? ""),
                    "secure": .bool(request.isSecure),
                ]
            }
            RestRoute(.get, "/bytes", response: { _, _ in RestResponse(body: [0x89, 0xFF, 0x00]) })
            RestRoute(.get, "/long") { _, _ -> String? in String(repeating: "long ", count: 1000) }
        }
    }

    static let yaml = """
        - descriptor: test:service:default:default:1.0
        - descriptor: test:controller:rest:default:1.0
        - descriptor: pip-services:controller:commandable-azurefunc:default:1.0
          name: wire
          dependencies: { service: test:service:*:*:1.0 }
        - descriptor: pip-services:function:azurefunc:default:1.0

        """

    static let factory = Factory()
        .register("test:service:default:*:1.0") { Service() }
        .register("test:controller:rest:*:1.0") { Routes() }

    /// Runs a function at a free port.
    static func run(
        _ yaml: String = yaml, controllers: [Controller] = [],
        _ body: @Sendable (Container, TestAzureFunctionClient) async throws -> Void
    ) async throws {
        var config = try ContainerConfigReader.readFromYAML(yaml)
        let own = Factory()
        for (index, controller) in controllers.enumerated() {
            let descriptor = Descriptor("test", "controller", "azurefunc", "\(index)", "1.0")
            own.register(.descriptor(descriptor)) { controller }
            config.components.append(ComponentConfig(descriptor))
        }
        AzureFunction.complete(&config, ["FUNCTIONS_CUSTOMHANDLER_PORT": "0"])
        let container = Container("wire", factories: [factory, own])
        await container.configure(config)
        try await container.open(.empty)
        do {
            try await body(container, TestAzureFunctionClient(container))
        } catch {
            try? await container.close(.empty)
            throw error
        }
        try await container.close(.empty)
    }

    static func error(_ body: () async throws -> Void) async -> ApplicationError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? ApplicationError
        }
    }
}

/// A function of Azure: what it adds to a configuration, and what it answers.
@Suite struct AzureFunctionTests {
    typealias Fixture = AzureFunctionFixture

    @Test("An HTTP trigger calls actions: the output is JSON, empty or an error") func actions() async throws {
        try await Fixture.run { container, client async throws in
            let echo: AnyValueMap? = try await client.call(
                .fromTraceId("t"), "wire.echo", ["a": 1, "b": [true, "é😀"]])
            #expect(echo == ["a": 1, "b": [true, "é😀"]])
            #expect(try await client.call(.empty, "wire.nothing", as: AnyValue.self) == nil)
            #expect(try await client.send(.post, "/api/function", ["cmd": "wire.nothing"]).status == 204)
            let context = try await client.send(.post, "/?cmd=wire.context&trace_id=q", [:]).value
            #expect(context["trace_id"] == "q")
            let old = try await client.send(.post, "/", ["cmd": "wire.context", "correlation_id": "v3"]).value
            #expect(old["trace_id"] == "v3")
            // The path of the function itself, where the host has no prefix.
            #expect(try await client.send(.post, "/function", ["cmd": "wire.echo", "a": 1]).text == #"{"a":1}"#)
            let error = await Fixture.error {
                _ = try await client.call(.fromTraceId("t9"), "wire.fail", as: AnyValue.self)
            }
            #expect(error?.category == .notFound && error?.code == "TEST_CODE" && error?.traceId == "t9")
            #expect(error?.details["key"] == "value")
            let named = try TestCommandableAzureFunctionClient(container, name: "wire")
            #expect(try await named.callCommand(.empty, "echo", ["a": 2]) == ["a": 2] as AnyValueMap)
        }
    }

    @Test("The routes of the service answer HTTP triggers, as in a process") func routes() async throws {
        try await Fixture.run { _, client async throws in
            let answer = try await client.send(
                .put, "/v1/things/a%20b?x=1&y=%26", ["n": 1], headers: ["X-List": ["a", "b"], "Host": "h.example"])
            #expect(answer.status == 200 && answer.headers["content-type"] == "application/json")
            #expect(
                try answer.value == [
                    "id": "a b", "body": ["n": 1], "query": ["x=1", "y=&"], "header": "a, b", "host": "h.example",
                    "secure": true,
                ])
            #expect(try await client.send(.get, "/v1/none").status == 404)
            #expect(try await client.send(.delete, "/v1/things/1").status == 405)
            // The host takes text only: nothing is compressed, and what is no text is an error that says so.
            let long = try await client.send(.get, "/v1/long", headers: ["Accept-Encoding": ["gzip"]])
            #expect(long.text.hasPrefix("\"long long ") && long.headers["content-encoding"] == nil)
            let bytes = try await client.send(.get, "/v1/bytes")
            #expect(bytes.status == 500)
            #expect(try bytes.value["code"] == "BINARY_RESPONSE")
            #expect(bytes.text.contains("enableForwardingHttpRequest"))
        }
    }

    @Test("An output has status, body and header fields, which the host requires") func output() async throws {
        try await Fixture.run { container, _ async throws in
            let event: AnyValue = [
                "Data": [
                    "req": ["Url": "http://h/", "Method": "POST", "Headers": [:], "Body": #"{"cmd":"wire.nothing"}"#]
                ],
                "Metadata": [:],
            ]
            let result = try await RestTestClient(container).post("/f", event).json
            #expect(result["Logs"] == [] && result["ReturnValue"] == .null)
            let output = result["Outputs"]?["res"]
            #expect(output?["statusCode"] == 204 && output?["status"] == 204 && output?["body"] == "")
            #expect(output?["headers"]?.map != nil)
        }
    }

    @Test("Other triggers call the action named by the message or by the function")
    func otherTriggers() async throws {
        let controllers = [
            Fixture.Controller(
                "",
                [
                    AzureFunctionAction("clean_up") { (_, arguments: Parameters) -> AnyValue? in .map(arguments.values)
                    }
                ])
        ]
        try await Fixture.run(controllers: controllers) { _, client async throws in
            // As the host sends messages of a queue: JSON in a string, or in a string in a string.
            let message = #"{"cmd":"wire.echo","a":1,"trace_id":"t"}"#
            for item in [.string(message), .string(JSONConverter.toJSON(.string(message)))] as [AnyValue] {
                #expect(try await client.fire(.empty, function: "events", ["item": item]) == ["a": 1])
            }
            let metadata: AnyValueMap = ["DequeueCount": 2, "sys": ["MethodName": "events"]]
            let context = try await client.fire(
                .empty, function: "events", ["item": #"{"cmd":"wire.context"}"#], metadata: metadata)
            #expect(context["function"] == "events" && context["id"] == "test-invocation")
            #expect(context["trace_id"] == "test-invocation" && context["metadata"] == .map(metadata))
            // Input bindings beside the trigger.
            let both = try await client.fire(
                .empty, function: "events", ["blob": "text", "item": #"{"cmd":"wire.echo","a":2}"#])
            #expect(both == ["a": 2])
            let timer = try await client.fire(.empty, function: "clean_up", ["timer": ["IsPastDue": false]])
            #expect(timer == ["IsPastDue": false])
            let texts = try await client.fire(.empty, function: "clean_up", ["one": "5", "two": "plain"])
            #expect(texts == ["one": "5", "two": "plain"])
        }
    }

    @Test("A failed event has the status of its error, so that the host retries it") func failedEvents()
        async throws
    {
        try await Fixture.run { container, client async throws in
            let answer = try await RestTestClient(container).post(
                "/events", ["Data": ["item": #"{"cmd":"wire.fail","trace_id":"t"}"#], "Metadata": [:]] as AnyValue)
            #expect(answer.status == 404 && answer.error?.code == "TEST_CODE" && answer.error?.traceId == "t")
            let unknown = await Fixture.error {
                try await client.fire(.empty, function: "events", ["item": #"{"cmd":"wire.ecko"}"#])
            }
            #expect(unknown?.code == "NO_ACTION" && unknown?.status == 400)
            #expect(unknown?.message == "The action 'wire.ecko' was not found; did you mean 'wire.echo'?")
            for item in ["text", "{}", "[1,2]", #"{"cmd":""}"#, #"{"cmd":5}"#, "", "{"] {
                let error = await Fixture.error {
                    try await client.fire(.empty, function: "events", ["item": .string(item)])
                }
                #expect(error?.code == "NO_COMMAND" && error?.message.contains("'events'") == true, "\(item)")
            }
            let none = await Fixture.error { try await client.fire(.empty, function: "events", [:]) }
            #expect(none?.code == "NO_COMMAND")
        }
    }

    @Test("An event of an unknown format is rejected with the expected format") func badEvents() async throws {
        try await Fixture.run { container, _ async throws in
            let client = try RestTestClient(container)
            for body in [[:], [1, 2], "text", 5, .null, ["data": [:]], ["Data": "text"], ["Data": [1]]] as [AnyValue] {
                let answer = try await client.post("/events", body)
                #expect(answer.status == 400 && answer.error?.code == "BAD_EVENT", "\(body)")
                #expect(answer.error?.message.contains("expected an object with 'Data' and 'Metadata'") == true)
            }
            #expect(try await client.send(.post, "/events").error?.code == "BAD_EVENT")
            let endpoint = try container.references.getOneRequired("*:endpoint:http:*:1.0", as: HTTPEndpoint.self)
            let broken = await endpoint.respond(to: RestRequest(.post, "/events", body: RestBody(Array("{".utf8))))
            #expect(broken.status == 400 && String(decoding: broken.body, as: UTF8.self).contains("BAD_EVENT"))
            for url in ["", "host/path", "/path", "http:/host"] {
                let event: AnyValue = ["Data": ["req": ["Url": .string(url), "Method": "GET"]], "Metadata": [:]]
                #expect(try await client.post("/f", event).error?.code == "BAD_EVENT", "\(url)")
            }
            // Odd requests are answered, and never end the process.
            for url in ["http://", "http://h", "http://h?a", "http://h/%zz", "http://h/\u{0}", "http://h/../x#y"] {
                let event: AnyValue = [
                    "Data": [
                        "req": ["Url": .string(url), "Method": "GET", "Headers": ["a": 1, "b": [.null]], "Body": [1]]
                    ]
                ]
                #expect(try await client.post("/f", event).json["Outputs"]?["res"]?["statusCode"] != nil, "\(url)")
            }
            #expect(try await client.send(.get, "/").status == 405)
        }
    }

    @Test("A call without a command, with an unknown one or with an invalid format is rejected") func badCalls()
        async throws
    {
        try await Fixture.run { _, client async throws in
            for body in [[:], ["cmd": ""], ["cmd": 5], [1, 2], "wire.echo"] as [AnyValue] {
                let answer = try await client.send(.post, "/api/function", body)
                #expect(answer.status == 400)
                #expect(try answer.value["code"] == "NO_COMMAND", "\(body)")
            }
            let unknown = try await client.send(.post, "/api/function", ["cmd": "wire.ecko"]).value
            #expect(unknown["code"] == "NO_ACTION" && unknown["details"]?["command"] == "wire.ecko")
        }
    }

    @Test("A client cannot send an invocation, neither inside another one nor with forwarding")
    func forgedInvocations() async throws {
        let forged: AnyValue = ["Data": ["item": #"{"cmd":"jobs"}"#], "Metadata": [:]]
        let runs = Locked(0)
        let controllers = [
            Fixture.Controller(
                "",
                [
                    AzureFunctionAction("jobs") { (context, _: Parameters) -> AnyValue? in
                        if context["azure_function"] != nil { runs.withLock { $0 += 1 } }
                        return nil
                    }
                ])
        ]
        try await Fixture.run(controllers: controllers) { _, client async throws in
            #expect(try await client.send(.post, "/jobs", forged).status == 404)
            #expect(try await client.send(.post, "/function", forged).status == 400)
        }
        let forwarding = Fixture.yaml + "  forwarding: true\n"
        try await Fixture.run(forwarding, controllers: controllers) { container, _ async throws in
            let client = try RestTestClient(container)
            #expect(try await client.post("/jobs", forged).error?.code == "NO_COMMAND")
            #expect(try await client.post("/", forged).error?.code == "NO_COMMAND")
        }
        #expect(runs.current == 0)
        try await Fixture.run(forwarding + "  events: [jobs]\n", controllers: controllers) {
            container, _ async throws in
            let client = try RestTestClient(container)
            #expect(try await client.post("/jobs", forged).status == 200)
            #expect(try await client.post("/other", forged).error?.code == "NO_COMMAND")
        }
        #expect(runs.current == 1)
    }

    @Test("Forwarded requests are handled unchanged") func forwarding() async throws {
        try await Fixture.run(Fixture.yaml + "  forwarding: true\n  route_prefix: /func/\n") {
            container, _ async throws in
            let client = try RestTestClient(container)
            for path in ["/", "/func/beacons", "/beacons"] {
                #expect(
                    try await client.post(path, ["cmd": "wire.echo", "a": 1] as AnyValue).text == #"{"a":1}"#, "\(path)"
                )
            }
            #expect(try await client.get("/v1/bytes").body == [0x89, 0xFF, 0x00])
            #expect(try await client.post("/api/beacons", ["cmd": "wire.echo"] as AnyValue).status == 404)
        }
    }

    @Test("Without a prefix, the path of a function is its name") func noPrefix() async throws {
        for settings in ["  route_prefix: ''\n", "  route_prefix: /\n  forwarding: true\n"] {
            try await Fixture.run(Fixture.yaml + settings) { container, client async throws in
                let call: AnyValue = ["cmd": "wire.echo", "a": 1]
                let text =
                    settings.contains("forwarding")
                    ? try await RestTestClient(container).post("/function", call).text
                    : try await client.send(.post, "/function", call).text
                #expect(text == #"{"a":1}"#, "\(settings)")
            }
        }
    }

    @Test("Authorization applies to the request inside an event; other events come from the host") func access()
        async throws
    {
        let yaml =
            Fixture.yaml + """
                - descriptor: pip-services:endpoint:http:default:1.0
                  connection: { host: 127.0.0.1, port: 0 }
                  authorize: signed

                """
        try await Fixture.run(yaml) { container, client async throws in
            #expect(try await client.send(.get, "/v1/long").status == 401)
            #expect(try await client.send(.post, "/api/function", ["cmd": "wire.echo"]).status == 401)
            #expect(try await client.fire(.empty, function: "f", ["item": #"{"cmd":"wire.echo"}"#]) == [:])
            #expect(try await RestTestClient(container).get("/v1/long").status == 401)
        }
    }

    @Test("Custom actions have names, schemas, authorizers and interceptors") func actionsOfCode() async throws {
        let schema = ObjectSchema(allowUndefined: true).withRequiredProperty("site", .string)
        let around = RestInterceptor("^mine\\.get$") { context, request, next in
            var response = try await next(context, request)
            response.headers.append(("x-around", "yes"))
            return response
        }
        let controllers = [
            Fixture.Controller(
                "mine",
                [
                    AzureFunctionAction("get", schema: schema) { (_, arguments: Parameters) -> String? in
                        arguments.getAsString("id")
                    },
                    AzureFunctionAction("secret", authorizer: BasicAuthorizer.signed()) { _, _ -> String? in "s" },
                ], interceptors: [around])
        ]
        try await Fixture.run(controllers: controllers) { _, client async throws in
            let got = try await client.send(.post, "/?site=1", ["cmd": "mine.get", "id": "7"])
            #expect(got.text == #""7""# && got.headers["x-around"] == "yes")
            #expect(try await client.send(.post, "/", ["cmd": "mine.get"]).value["code"] == "INVALID_DATA")
            let secret = try await client.send(.post, "/", ["cmd": "mine.secret"])
            #expect(secret.status == 401 && secret.headers["x-around"] == nil)
        }
        let broken = Fixture.Controller("x", [], interceptors: [RestInterceptor("(") { try await $2($0, $1) }])
        let error = await Fixture.error { try await Fixture.run(controllers: [broken]) { _, _ in } }
        #expect(error?.code == "BAD_PATTERN")
    }

    @Test("A function adds an endpoint at the host's port on the loopback interface, and a handler") func completed()
        throws
    {
        func complete(_ yaml: String, _ environment: AnyValueMap, service: Locator? = nil) throws -> ContainerConfig {
            var config = try ContainerConfigReader.readFromYAML(yaml)
            AzureFunction.complete(
                &config, environment, adding: service.map { [CommandableAzureFunction.controller(of: $0)] } ?? [])
            return config
        }
        let config = try complete("[]", ["FUNCTIONS_CUSTOMHANDLER_PORT": "9000"], service: "b:service:*:*:1.0")
        #expect(config.components.count == 3 && config.has("function", "azurefunc"))
        let endpoint = config.components.first { $0.descriptor?.type == "endpoint" }?.config
        #expect(endpoint?["connection.port"] == "9000" && endpoint?["connection.host"] == "127.0.0.1")
        #expect(config.components.first?.config["dependencies.service"] == "b:service:*:*:1.0")
        let own = try complete("- descriptor: pip-services:endpoint:http:default:1.0\n  connection.port: 1", [:])
        #expect(own.components.count == 2 && own.components.first?.config["connection.port"] == "1")
    }

    @Test("An invalid port fails the start with its value and the expected form") func badPort() async throws {
        var config = try ContainerConfigReader.readFromYAML(Fixture.yaml)
        AzureFunction.complete(&config, ["FUNCTIONS_CUSTOMHANDLER_PORT": "http"])
        let container = Container("wire", factories: [Fixture.factory])
        await container.configure(config)
        let error = await #expect(throws: ApplicationError.self) { try await container.open(.empty) }
        #expect(error?.code == "BAD_VALUE")
        #expect(error?.message.contains("'connection.port' is 'http'; expected a whole number from 0 to 65535") == true)
    }

    @Test("An invalid setting fails the start", arguments: ["a/b", "a b", "é", "a.b"])
    func badEvents(name: String) async throws {
        let yaml = Fixture.yaml + "  events: ['\(name)']\n"
        let error = await Fixture.error { try await Fixture.run(yaml) { _, _ in } }
        #expect(error?.code == "BAD_VALUE" && error?.message.contains("'\(name)'") == true)
    }
}
#endif
