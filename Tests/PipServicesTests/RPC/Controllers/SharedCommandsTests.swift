import PipServicesTesting
import Testing

@testable import PipServices

/// How often the commands of a service are evaluated.
@Suite struct SharedCommandsTests {
    final class Service: Component, Commandable {
        let evaluations = Locked(0)
        var commands: CommandSet {
            evaluations.withLock { $0 += 1 }
            return CommandSet { Command("greet") { (_, _: Parameters) in "hello" } }
        }
    }

    private static let yaml = """
        - descriptor: test:service:default:default:1.0
        - descriptor: pip-services:endpoint:http:default:1.0
          connection: { host: 127.0.0.1, port: 0 }
        - descriptor: pip-services:controller:commandable-http:first:1.0
          base_route: v1
          swagger: { enable: true }
          dependencies: { service: test:service:*:*:1.0 }
        - descriptor: pip-services:controller:commandable-http:second:1.0
          base_route: v2
          dependencies: { service: test:service:*:*:1.0 }
        - descriptor: pip-services:client:direct:first:1.0
          dependencies: { service: test:service:*:*:1.0 }
        - descriptor: pip-services:client:direct:second:1.0
          dependencies: { service: test:service:*:*:1.0 }
        """

    @Test("The commands of a service are evaluated once for all transports") func allTransportsShareThem() async throws
    {
        let service = Service()
        let factory = Factory("test:service:default:*:1.0") { service }
        try await withContainer(yaml: Self.yaml, factories: [factory]) { container in
            let endpoint = try container.references.getOneRequired("*:endpoint:http:*:1.0", as: HTTPEndpoint.self)
            for target in ["/v1/greet", "/v2/greet"] {
                #expect(await endpoint.respond(to: RestRequest(.post, target)).status == 200)
            }
            #expect(await endpoint.respond(to: RestRequest(.get, "/v1/swagger")).status == 200)
            for name in ["first", "second"] {
                let client = try container.references.getOneRequired(
                    .descriptor(Descriptor("pip-services", "client", "direct", name, "1.0")), as: (any Client).self)
                let greeting: String? = try await client.callCommand(.empty, "greet")
                #expect(greeting == "hello")
            }
            #expect(service.evaluations.current == 1)
        }
    }

    @Test("A check evaluates the commands of a service once") func aCheckEvaluatesOnce() async throws {
        let service = Service()
        let container = Container("test", factories: [Factory("test:service:default:*:1.0") { service }])
        await container.configure(try ContainerConfigReader.readFromYAML(Self.yaml))
        let problems = await container.check()
        #expect(!problems.contains { $0.severity == .error }, "\(problems)")
        #expect(service.evaluations.current == 1)
    }

    @Test("A removed service is released with its commands") func removedServicesAreReleased() async throws {
        weak var removed: Service?
        let references = References()
        do {
            let service = Service()
            removed = service
            references.put("test:service:default:default:1.0", service)
            references.put("test:service:default:other:1.0", service)
            #expect(references.sharedCommands.commands(of: service).commands.count == 1)
            references.remove("test:service:default:other:1.0")
            #expect(references.sharedCommands.commands(of: service).commands.count == 1)
            #expect(service.evaluations.current == 1)
            references.remove("test:service:default:default:1.0")
        }
        #expect(removed == nil)
    }

    final class Transport: Component {
        let service = Dependency<any Component>("service", "test:service:*:*:1.0")
    }

    final class Silent: Component {}

    @Test("A service without commands is reported by name") func noCommands() async throws {
        let transport = try await assemble(Transport(), references: ["test:service:default:default:1.0": Silent()])
        let error = #expect(throws: ApplicationError.self) { try transport.service.commands() }
        #expect(error?.code == "NO_COMMANDS")
        #expect(error?.message == "The service Silent has no commands")
        let unlinked = #expect(throws: ApplicationError.self) { try Transport().service.commands() }
        #expect(unlinked?.code == "NOT_LINKED")
    }
}
