import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

@Suite struct ContainerReloadTests {
    final class Part: Component, Openable {
        let size = Setting("size", default: 1, reloadable: true, "How many")
        let fixed = Setting("fixed", default: 1, "How many for ever")
        func open(_ context: Context) async throws {}
        func close(_ context: Context) async throws {}
    }

    private func config(_ lines: String...) throws -> ContainerConfig {
        let yaml = lines.enumerated().map { "- descriptor: test:part:default:\($0):1.0\n  \($1)\n" }.joined()
        return ContainerConfig(try ConfigText.read(yaml, format: .yaml, file: "new.yml", parameters: [:]))
    }

    private func withParts(_ body: @Sendable (Container, [Part]) async throws -> Void) async throws {
        let parts = [Part(), Part()]
        let factory = Factory("test:part:*:0:1.0") { parts[0] }.register("test:part:*:1:1.0") { parts[1] }
        let yaml = "- descriptor: test:part:default:0:1.0\n- descriptor: test:part:default:1:1.0"
        try await withContainer(yaml: yaml, factories: [factory]) { try await body($0, parts) }
    }

    @Test func reloadableSettingsTakeTheirNewValues() async throws {
        try await withParts { container, parts in
            let warnings = try await container.reload(.empty, try config("size: 2", "size: 3\n  fixed: 4"))
            #expect(parts.map { $0.size() } == [2, 3])
            #expect(parts.map { $0.fixed() } == [1, 1])
            #expect(warnings.map(\.code) == ["NEEDS_RESTART"])
            #expect(warnings.first?.description.hasPrefix("new.yml:5: ") == true, "\(warnings)")
            // What is left out goes back to its default.
            try await container.reload(.empty, try config("size: 5", ""))
            #expect(parts.map { $0.size() } == [5, 1])
        }
    }

    @Test("A reload logs the settings with new values, compared with the values in use")
    func reloadLogsChangedSettings() async throws {
        let logger = RecordingLogger()
        let factory = Factory("test:part:*:0:1.0") { Part() }
        let container = Container("test", allFactories: [factory], logger: logger)
        await container.configure(try config("size: 1"))
        try await container.open(.empty)
        for size in [2, 2, 3] { try await container.reload(.empty, try config("size: \(size)")) }
        try await container.close(.empty)
        let lines = logger.messages.map(\.message).filter { $0.contains("new values") }
        #expect(lines == Array(repeating: "test:part:default:0:1.0: new values of size", count: 2))
    }

    @Test func aMistakeKeepsEverythingAsItWas() async throws {
        try await withParts { container, parts in
            let error = await #expect(throws: ApplicationError.self) {
                try await container.reload(.empty, try config("size: 2", "size: many"))
            }
            #expect(error?.code == "BAD_VALUE")
            #expect(error?.message.hasPrefix("new.yml:4: ") == true)
            #expect(parts.map { $0.size() } == [1, 1])
        }
    }

    @Test func componentsThatComeOrGoNeedARestart() async throws {
        try await withParts { container, parts in
            var new = try config("size: 2")
            new.components.append(ComponentConfig(Descriptor("test", "part", "default", "9", "1.0")))
            let warnings = try await container.reload(.empty, new)
            #expect(warnings.map(\.code) == ["NEEDS_RESTART", "NEEDS_RESTART"])
            #expect(warnings.map(\.component) == ["test:part:default:1:1.0", "test:part:default:9:1.0"])
            #expect(parts[0].size() == 2)
        }
    }

    /// A container whose file is read, with a clock and a part.
    private func container(_ clock: VirtualClock, _ part: Part) -> Container {
        let factory = Factory("test:part:*:*:1.0") { part }.register("test:clock:*:*:1.0") { clock }
        return Container("test", factories: [factory])
    }

    private func text(size: String) -> String {
        """
        - descriptor: test:clock:default:default:1.0
        - descriptor: pip-services:container:default:default:1.0
          reload.interval: 1000
        - descriptor: test:part:default:0:1.0
          size: \(size)
        """
    }

    @Test("A file that changes during the start is noticed")
    func changeDuringTheStartIsTaken() async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("pip-reload-\(UUID()).yml")
        defer { try? FileManager.default.removeItem(at: file) }
        let (clock, part) = (VirtualClock(), Part())
        let container = container(clock, part)
        try Data(text(size: "1").utf8).write(to: file)
        try await container.readConfigFromFile(file.path)
        try Data(text(size: "2").utf8).write(to: file)
        try await container.open(.empty)
        #expect(part.size() == 1)
        try await waitUntil(within: .seconds(30)) {
            clock.advance(by: .seconds(1))
            return part.size() == 2
        }
        try await container.close(.empty)
    }

    @Test("A configuration from a pipe is read once", .timeLimit(.minutes(2)))
    func pipeIsReadOnce() async throws {
        let pipe = FileManager.default.temporaryDirectory.appendingPathComponent("pip-reload-\(UUID()).yml").path
        #expect(mkfifo(pipe, 0o600) == 0)
        defer { try? FileManager.default.removeItem(atPath: pipe) }
        let bytes = Data(text(size: "3").utf8)
        // Opening a pipe waits for the other side.
        Thread.detachNewThread { FileHandle(forWritingAtPath: pipe)?.write(bytes) }
        let (clock, part) = (VirtualClock(), Part())
        let container = container(clock, part)
        try await container.readConfigFromFile(pipe)
        try await container.open(.empty)
        #expect(part.size() == 3)
        for _ in 0..<5 {
            try await waitUntil(within: .seconds(30)) { clock.sleeperCount > 0 }
            clock.advance(by: .seconds(1))
        }
        try await container.close(.empty)
    }

    @Test func aChangedFileIsTakenAndABadOneIsNot() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("pip-reload-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("config.yml")
        func write(_ size: String) throws {
            let text = """
                - descriptor: test:clock:default:default:1.0
                - descriptor: test:logger:default:default:1.0
                - descriptor: pip-services:container:default:default:1.0
                  reload.interval: 1000
                - descriptor: test:part:default:0:1.0
                  size: \(size)
                """
            try Data(text.utf8).write(to: file)
        }
        let (clock, logger, part) = (VirtualClock(), RecordingLogger(), Part())
        let factory = Factory("test:part:*:*:1.0") { part }.register("test:clock:*:*:1.0") { clock }
        factory.register("test:logger:*:*:1.0") { logger }
        let container = Container("test", factories: [factory])
        try write("1")
        try await container.readConfigFromFile(file.path)
        try await container.open(.empty)
        func wait(_ isDone: () -> Bool) async throws {
            try await waitUntil {
                clock.advance(by: .seconds(1))
                return isDone()
            }
        }
        try write("7")
        try await wait { part.size() == 7 }
        #expect(part.size() == 7)
        try write("many")
        try await wait { logger.messages.contains { $0.level == .error } }
        #expect(part.size() == 7)
        let error = logger.messages.first { $0.level == .error }
        #expect(error?.message == "The changed configuration is rejected, the old one stays")
        try write("8")
        try await wait { part.size() == 8 }
        #expect(part.size() == 8)
        try await container.close(.empty)
    }
}
