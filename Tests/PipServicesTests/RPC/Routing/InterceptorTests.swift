import PipServicesTesting
import Testing

@testable import PipServices

/// Interceptors run around commands on every transport: called on the set, and served by commandable HTTP.
@Suite struct InterceptorTests {
    /// Notes what passes by; refuses what is forbidden, and renames commands where it is told to.
    struct Guard: CommandInterceptor {
        let name: String
        let prefix: String
        let log: Locked<[String]>

        func getName(_ command: Command) -> String { prefix + command.name }

        func execute(
            _ context: Context, _ command: Command, _ arguments: Parameters
        ) async throws -> Command.Result? {
            log.withLock { $0.append("\(name) before \(command.name)") }
            var arguments = arguments
            try arguments.put("by", .string(arguments.getAsString("by") + name))
            let result = try await command.execute(context, arguments)
            log.withLock { $0.append("\(name) after \(command.name)") }
            return result
        }

        func validate(_ command: Command, _ arguments: Parameters) -> [ValidationResult] {
            log.withLock { $0.append("\(name) checks \(command.name)") }
            var results = command.validate(arguments)
            if arguments["forbidden"] != nil {
                results.append(.error("forbidden", "FORBIDDEN", "not allowed", expected: .null, actual: .null))
            }
            return results
        }
    }

    final class Service: Component, Commandable {
        let log = Locked<[String]>([])
        let created = Event("created")

        var commands: CommandSet {
            var set = CommandSet {
                Command("echo", schema: ObjectSchema(allowUndefined: true).withRequiredProperty("text", .string)) {
                    (_, arguments: Parameters) -> String? in
                    arguments.getAsString("text") + " " + arguments.getAsString("by")
                }
                created
            }
            set.addInterceptor(Guard(name: "outer", prefix: "v2_", log: log))
            set.addInterceptor(Guard(name: "inner", prefix: "", log: log))
            return set
        }
    }

    /// How a transport answers a call: with a result, or the code of an error.
    typealias Call = @Sendable (_ command: String, _ arguments: Parameters) async throws -> String

    private static let direct: @Sendable (Service, @Sendable (Call) async throws -> Void) async throws -> Void = {
        service, body in
        let commands = service.commands
        try await body { command, arguments in
            do {
                let result = try await commands.execute(.empty, command, arguments)
                return try result.map { try JSONConverter.toJSON(AnyValue(encoding: $0)) } ?? ""
            } catch let error as ApplicationError {
                return error.code
            }
        }
    }

    private static let http: @Sendable (Service, @Sendable (Call) async throws -> Void) async throws -> Void = {
        service, body in
        let yaml = """
            - descriptor: pip-services:endpoint:http:default:1.0
              connection: { host: 127.0.0.1, port: 0 }
            - descriptor: pip-services:controller:commandable-http:default:1.0
              base_route: v1
              swagger: { enable: true }
              dependencies: { service: test:service:*:*:1.0 }
            - descriptor: test:service:default:default:1.0
            """
        try await withContainer(yaml: yaml, factories: [Factory("test:service:*:*:1.0") { service }]) { container in
            let endpoint = try container.references.getOneRequired(
                "*:endpoint:http:*:1.0", as: HTTPEndpoint.self)
            let document = await endpoint.respond(to: RestRequest(.get, "/v1/swagger"))
            #expect(String(decoding: document.body, as: UTF8.self).contains("/v1/v2_echo:"))
            try await body { command, arguments in
                let response = await endpoint.respond(
                    to: RestRequest(.post, "/v1/\(command)", body: RestBody(Array(arguments.toJSON().utf8))))
                let text = String(decoding: response.body, as: UTF8.self)
                return try response.status < 300 ? text : JSONConverter.fromJSON(text)["code"]?.description ?? ""
            }
        }
    }

    @Test(arguments: ["direct", "commandable HTTP"])
    func everyTransportIntercepts(transport: String) async throws {
        let service = Service()
        try await (transport == "direct" ? Self.direct : Self.http)(service) { call async throws in
            service.log.withLock { $0 = [] }
            let echoed = try await call("v2_echo", ["text": "hi"])
            // The first one added is the outermost, for checks as for calls.
            #expect(echoed == #""hi outerinner""#)
            #expect(service.log.current.first == "outer checks echo")
            #expect(
                service.log.current.filter { !$0.contains("checks") } == [
                    "outer before echo", "inner before echo", "inner after echo", "outer after echo",
                ])
            service.log.withLock { $0 = [] }
            let codes = [
                try await call("v2_echo", ["text": "hi", "forbidden": 1]), try await call("v2_echo", [:]),
            ]
            #expect(codes == ["INVALID_DATA", "INVALID_DATA"])
            #expect(service.log.current.allSatisfy { $0.contains("checks") })
            #expect(Array(service.log.current.prefix(2)) == ["outer checks echo", "inner checks echo"])
            let unknown = try await call("echo", ["text": "hi"])
            #expect(unknown == "CMD_NOT_FOUND")
        }
    }

    @Test func theSetChecksThroughItsInterceptors() {
        let service = Service()
        let codes = service.commands.validate("v2_echo", ["text": "hi", "forbidden": 1]).map(\.code)
        #expect(codes == ["FORBIDDEN", "FORBIDDEN"])
        #expect(service.commands.findEvent("created") === service.created)
        #expect(service.commands.validate("echo", [:]).map(\.code) == ["CMD_NOT_FOUND"])
    }
}
