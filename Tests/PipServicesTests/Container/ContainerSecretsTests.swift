import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// A container whose configuration has variables that come from files.
@Suite struct ContainerSecretsTests {
    final class Part: Component, Openable {
        let size = Setting("size", default: 1, reloadable: true, "How many")
        let name = Setting("name", default: "", "A name")
        func open(_ context: Context) async throws {
            if name() == "refused-name" {
                throw ApplicationError.invalidState(code: "REFUSED", "The peer refuses \(name())")
            }
        }
        func close(_ context: Context) async throws {}
    }

    private let folder: SecretFilesTests.Folder
    private let file: String
    private let clock = VirtualClock()
    private let logger = RecordingLogger()
    private let part = Part()

    init() throws {
        folder = try SecretFilesTests.Folder()
        file = try folder.write(
            "config.yml",
            """
            - descriptor: test:clock:default:default:1.0
            - descriptor: test:logger:default:default:1.0
            - descriptor: pip-services:container:default:default:1.0
              reload.interval: 1000
            - descriptor: test:part:default:0:1.0
              size: {{SIZE}}
              name: {{NAME}}
            """)
    }

    private var container: Container {
        let (clock, logger, part) = (clock, logger, part)
        let factory = Factory("test:part:*:*:1.0") { part }.register("test:clock:*:*:1.0") { clock }
        factory.register("test:logger:*:*:1.0") { logger }
        return Container("test", factories: [factory], logger: logger)
    }

    /// All that was logged, with errors.
    private var log: String {
        logger.messages.map { "\($0.message) \($0.error.map { "\($0)" } ?? "")" }.joined(separator: "\n")
    }

    @Test("A changed secret is applied without a change of the configuration, by the watch and by a reload")
    func secretsAreReloaded() async throws {
        try folder.write("SIZE", "5\n")
        let container = container
        try await container.readConfigFromFile(file, secrets: SecretFiles(folder: folder.path))
        try await container.open(.empty)
        #expect(part.size() == 5)
        try folder.write("SIZE", "6\n")
        try await waitUntil(within: .seconds(30)) {
            clock.advance(by: .seconds(1))
            return part.size() == 6
        }
        try folder.write("SIZE", "7\n")
        #expect(await container.reloadFile(.empty))
        #expect(part.size() == 7)
        try await container.close(.empty)
    }

    @Test("An invalid new secret is reported without its value, and the old one stays in use")
    func badSecretKeepsTheOld() async throws {
        try folder.write("SIZE", "5")
        let container = container
        try await container.readConfigFromFile(file, secrets: SecretFiles(folder: folder.path))
        try await container.open(.empty)
        try folder.write("SIZE", "hunter2")
        #expect(await container.reloadFile(.empty) == false)
        try FileManager.default.removeItem(atPath: "\(folder.path)/SIZE")
        symlink("/nowhere", "\(folder.path)/SIZE")
        #expect(await container.reloadFile(.empty) == false)
        #expect(part.size() == 5)
        try await container.close(.empty)
        #expect(log.contains("'size' is '***'; expected"))
        #expect(log.contains("Cannot read the variable 'SIZE' from \(folder.path)/SIZE: there is no such file"))
        #expect(!log.contains("hunter2"))
    }

    @Test("Neither a check, a graph nor a failed start shows a secret") func problemsShowNoSecrets() async throws {
        try folder.write("SIZE", "hunter2")
        let secrets = SecretFiles(folder: folder.path)
        let container = container
        await container.configure(
            try ContainerConfigReader.unchecked(file, parameters: [:], secrets: secrets))
        let problems = await container.check()
        #expect(problems.contains { $0.code == "BAD_VALUE" && $0.message.contains("'***'") })
        let graph = await container.graph()
        let error = await #expect(throws: ApplicationError.self) { try await container.open(.empty) }
        for text in ["\(problems)", graph.mermaid(), graph.svg(), "\(error?.message ?? "")", log] {
            #expect(!text.contains("hunter2"))
        }
    }

    @Test("An error of a component that quotes a secret is masked") func errorOfOpeningShowsNoSecret() async throws {
        try folder.write("NAME", "refused-name\n")
        let container = container
        try await container.readConfigFromFile(file, secrets: SecretFiles(folder: folder.path))
        let error = await #expect(throws: ApplicationError.self) { try await container.open(.empty) }
        #expect(error?.message == "The peer refuses ***")
        #expect(log.contains("The peer refuses ***"))
    }

    @Test("Without secret files, NAME_FILE is an ordinary variable") func filesAreOptIn() async throws {
        let config = try ContainerConfigReader.readFromFile(file, parameters: ["SIZE_FILE": "/nowhere"])
        #expect(config.components.count == 4)
    }

    @Test("The program's version is part of the context info, unless the configuration sets one")
    func versionOfTheProgram() async throws {
        for (yaml, version) in [
            ("- descriptor: pip-services:context-info:default:default:1.0\n  name: a", "1.2.3"),
            ("- descriptor: pip-services:context-info:default:default:1.0\n  version: 2.0", "2"),
            ("- descriptor: pip-services:container-info:default:default:1.0", "1.2.3"),
            ("- descriptor: pip-services:clock:default:default:1.0", "1.2.3"),
        ] {
            let factory = Factory("pip-services:clock:*:*:1.0") { [clock] in clock }
            let container = Container("test", version: "1.2.3", factories: [factory])
            await container.configure(try ContainerConfigReader.readFromYAML(yaml))
            try await container.open(.empty)
            let info = try container.references.getOneRequired("*:context-info:*:*:1.0", as: ContextInfo.self)
            #expect(info.version == version)
            #expect(info.value["version"] == .string(version))
            try await container.close(.empty)
        }
        #expect(ContextInfo().value["version"] == nil)
    }
}
