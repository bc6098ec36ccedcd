import PipServices
import PipServicesTesting
import Testing

/// The kinds of clients, behind the protocol that they share.
@Suite struct ClientTests {
    struct Item: Codable, Equatable, Sendable { var id: String, size: Int }

    final class Service: Component, Commandable {
        var commands: CommandSet {
            CommandSet {
                Command("get_item") { (_, item: Item) in item }
                Command("nothing") { (_, _: Parameters) in }
                Command("trace") { (context, _: Parameters) in context.traceId }
                Command("fail") { (_, _: Parameters) -> Int? in
                    throw ApplicationError.conflict(code: "TAKEN", "It is taken", details: ["id": "7"])
                }
            }
        }
    }

    final class User: Component {
        let direct = Dependency<any Client>("direct", "test:client:direct:*:1.0")
        let http = Dependency<any Client>("http", "test:client:commandable-http:*:1.0")
        let rest = Dependency<any Client>("rest", "test:client:rest:*:1.0")
    }

    private static let yaml = """
        - descriptor: test:service:default:default:1.0
        - descriptor: pip-services:endpoint:http:default:1.0
          connection: { host: 127.0.0.1, port: 0 }
        - descriptor: pip-services:controller:commandable-http:default:1.0
          base_route: v1/items
          dependencies: { service: test:service:*:*:1.0 }
        - descriptor: test:client:direct:default:1.0
          dependencies: { service: test:service:*:*:1.0 }
        - descriptor: test:client:commandable-http:default:1.0
          base_route: v1/items
          connection: { protocol: local }
        - descriptor: test:client:rest:default:1.0
          connection: { protocol: local }
        - descriptor: test:user:default:default:1.0
        - descriptor: test:counters:memory:default:1.0
        """

    private static var factory: Factory {
        Factory()
            .register("test:service:*:*:1.0") { Service() }
            .register("test:user:*:*:1.0") { User() }
            .register("test:client:direct:*:1.0") { DirectClient<any Commandable>() }
            .register("test:client:commandable-http:*:1.0") { CommandableHTTPClient() }
            .register("test:client:rest:*:1.0") {
                RestClient(
                    baseRoute: "v1/items",
                    routes: ["get_item", "nothing", "trace", "fail", "none"].map { RestClientRoute($0, .post, $0) })
            }
            .register("test:counters:memory:*:1.0") { Counted() }
    }

    final class Counted: Counters, Component {
        let clock: any ClockSource = SystemClock()
        let names = Locked(Set<String>())
        func update(_ name: String, _ update: CounterUpdate) { names.withLock { _ = $0.insert(name) } }
    }

    private func with(_ body: @Sendable (any Client) async throws -> Void) async throws {
        try await withContainer(yaml: Self.yaml, factories: [Self.factory]) { container in
            let user = try container.references.getOneRequired("test:user:*:*:1.0", as: User.self)
            for client in [try user.direct(), try user.http(), try user.rest()] { try await body(client) }
        }
    }

    @Test func aUserDoesNotKnowWhichClientItHas() async throws {
        let context = Context(traceId: "abc")
        try await with { client in
            let item = Item(id: "é😀", size: .max)
            let same: Item? = try await client.callCommand(context, "get_item", arguments: item)
            #expect(same == item)
            let dynamic: AnyValue? = try await client.callCommand(context, "get_item", arguments: item)
            #expect(dynamic?["size"] == .integer(Int64(Int.max)))
            let nothing: Item? = try await client.callCommand(context, "nothing")
            #expect(nothing == nil)
            let trace: String? = try await client.callCommand(context, "trace")
            #expect(trace == "abc")
        }
    }

    @Test func errorsAreTheSame() async throws {
        let context = Context(traceId: "abc")
        try await with { client in
            let error = await #expect(throws: ApplicationError.self) {
                let _: Int? = try await client.callCommand(context, "fail")
            }
            #expect(error?.category == .conflict)
            #expect(error?.status == 409)
            #expect(error?.code == "TAKEN")
            #expect(error?.message == "It is taken")
            #expect(error?.details == ["id": "7"])
            #expect(error?.traceId == "abc")
            let invalid = await #expect(throws: ApplicationError.self) {
                let _: Item? = try await client.callCommand(context, "get_item", ["id": "1"])
            }
            #expect(invalid?.code == "INVALID_DATA")
            let unknown = await #expect(throws: ApplicationError.self) {
                let _: Item? = try await client.callCommand(context, "none")
            }
            #expect(unknown?.code == "CMD_NOT_FOUND")
            let misfit = await #expect(throws: ApplicationError.self) {
                let _: Int? = try await client.callCommand(context, "get_item", arguments: Item(id: "1", size: 1))
            }
            #expect(misfit?.code == "INVALID_DATA")
        }
    }

    @Test func callsAreCounted() async throws {
        try await withContainer(yaml: Self.yaml, factories: [Self.factory]) { container in
            let user = try container.references.getOneRequired("test:user:*:*:1.0", as: User.self)
            let counters = try container.references.getOneRequired("test:counters:memory:*:1.0", as: Counted.self)
            let _: AnyValue? = try await user.http().callCommand(.empty, "nothing")
            _ = try? await user.direct().callCommand(.empty, "fail", Parameters(), as: Int.self)
            let expected: Set = [
                "v1/items.nothing.call_count", "v1/items.nothing.call_time", "fail.call_count", "fail.call_errors",
            ]
            #expect(expected.isSubset(of: counters.names.current), "\(counters.names.current)")
        }
    }

    final class Silent: Component {}

    @Test func aDirectClientWithoutCommandsHasMethods() async throws {
        let direct = try await assemble(
            DirectClient<Silent>(service: "test:silent:*:*:1.0"),
            references: ["test:silent:default:default:1.0": Silent()])
        #expect(try await direct.call(.empty, "user.test") { _ in 5 } == 5)
        let error = await #expect(throws: ApplicationError.self) {
            let _: Int? = try await direct.callCommand(.empty, "x")
        }
        #expect(error?.code == "NO_COMMANDS")
    }
}
