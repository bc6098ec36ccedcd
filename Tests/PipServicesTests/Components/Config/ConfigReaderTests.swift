import Foundation
import PipServices
import PipServicesTesting
import Testing

@Suite struct ConfigReaderTests {
    /// A listener that records its calls and rejects versions containing `refuse`.
    final class Listener: ConfigChangeListener {
        private let log = Locked<[String]>([])
        let name: String
        init(_ name: String = "") { self.name = name }
        var events: [String] { log.current }
        func checkConfig(_ context: Context, _ config: ConfigParams) throws {
            if config["refuse"] == name {
                throw ApplicationError.config(code: "REFUSED", "It can't be used")
            }
        }
        func configChanged(_ context: Context, _ config: ConfigParams) {
            log.withLock { $0.append("\(config)") }
        }
        func configRejected(_ context: Context, _ error: any Error) {
            log.withLock { $0.append((error as? ApplicationError)?.code ?? "\(error)") }
        }
    }

    /// A file that is deleted after the test.
    final class File: Sendable {
        let path = FileManager.default.temporaryDirectory.appending(path: "reader-\(IdGenerator.nextLong()).yml").path
        init(_ text: String) throws { try write(text) }
        deinit { unlink(path) }
        func write(_ text: String) throws { try Data(text.utf8).write(to: URL(filePath: path)) }
    }

    /// Advances the clock by several intervals, waiting each time until the reader sleeps again.
    private static func pass(_ clock: VirtualClock, looks: Int = 2) async throws {
        for _ in 0..<looks {
            try await waitUntil { clock.sleeperCount > 0 }
            clock.advance(by: .seconds(5))
        }
        try await waitUntil { clock.sleeperCount > 0 }
    }

    private static func watching(
        _ file: File, _ clock: VirtualClock, _ logger: RecordingLogger = RecordingLogger(),
        config: ConfigParams = [:]
    ) async throws -> YAMLConfigReader {
        try await assemble(
            YAMLConfigReader(), config: config.override(["path": file.path]),
            references: ["x:clock:virtual:default:1.0": clock, "x:logger:recording:default:1.0": logger])
    }

    @Test func filesAreReadInTheirFormat() async throws {
        let file = try File("a: {{A}}\nb: [1, {{B}}]")
        let reader = try await assemble(
            YAMLConfigReader(), config: ["path": file.path, "parameters.a": "x", "parameters.B": "2"])
        #expect(try reader.readConfig(.empty, parameters: ["B": "3"]) == ["a": "x", "b.0": "1", "b.1": "3"])
        #expect(try await reader.readConfig(.empty)["b.1"] == "2")
        #expect(try reader.readObject(.empty, parameters: nil)["b"]?.array?.count == 2)
        #expect(try YAMLConfigReader.readConfig(path: file.path)["b.0"] == "1")
        try file.write(#"{"a": {"b": true}}"#)
        #expect(try JSONConfigReader(file.path).readConfig(.empty, parameters: nil) == ["a.b": "true"])
        #expect(try JSONConfigReader.readObject(path: file.path)["a"]?["b"] == true)
        #expect(try FileConfigReader(file.path).readConfig(.empty, parameters: nil) == ["a.b": "true"])
    }

    @Test(
        "A value that YAML interprets differently is reported with a fix",
        arguments: [
            ("a: {queue: *:queue:*:*:1.0}", "put a value that begins with '*' or '&' in quotes"),
            ("a: *x", "put a value that begins with '*' in quotes"),
            ("a: @x", "put a value that begins with '@' in quotes"),
            ("a: %x", "put a value that begins with '%' in quotes"),
            ("a:\n\tb: 1", "indent with spaces, not with tabs"),
            ("a: b: c", "put a value that contains ': ' in quotes"),
            ("a: 1\nb: {{GREETING}}", "the variable 'GREETING': write '{{\"GREETING\"}}', which quotes it"),
        ])
    func brokenValuesAreExplained(text: String, hint: String) async throws {
        let file = try File(text)
        let error = #expect(throws: ApplicationError.self) {
            try YAMLConfigReader(file.path).readConfig(.empty, parameters: ["GREETING": "Hi: you", "OTHER": "x"])
        }
        #expect(error?.message.contains(hint) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("you") == false || !text.contains("GREETING"))
    }

    @Test func aPathSetInCodeStandsBeforeTheConfiguredOne() async throws {
        let reader = try await assemble(JSONConfigReader("/default"), config: [:])
        #expect(reader.path == "/default")
        try await assemble(reader, config: ["path": "/configured"])
        #expect(reader.path == "/configured")
        reader.path = "/set"
        #expect(reader.path == "/set")
    }

    @Test func mistakesHaveTheirCodesAndTheTrace() async throws {
        for (reader, code) in [(YAMLConfigReader(), "NO_PATH"), (YAMLConfigReader("/none.yml"), "READ_FAILED")] {
            let error = #expect(throws: ApplicationError.self) {
                try reader.readConfig(.fromTraceId("123"), parameters: nil)
            }
            #expect(error?.code == code)
            #expect(error?.traceId == "123")
        }
    }

    @Test func aChangeIsAnnouncedOnceItHasSettled() async throws {
        let (file, clock, listener) = (try File("a: 1"), VirtualClock(), Listener())
        let reader = try await Self.watching(file, clock)
        #expect(try reader.readConfig(.empty, parameters: nil) == ["a": "1"])
        reader.addChangeListener(listener)
        reader.addChangeListener(listener)
        try await Self.pass(clock)
        #expect(listener.events.isEmpty)
        try file.write("a: {{A}}2")
        try await Self.pass(clock, looks: 1)
        #expect(listener.events.isEmpty, "half a file may look like a whole one")
        try await Self.pass(clock, looks: 1)
        #expect(listener.events == ["a=2"])
        try file.write("a: 2 # a comment")
        try await Self.pass(clock, looks: 3)
        #expect(listener.events == ["a=2"], "another comment is no change")
        reader.removeChangeListener(listener)
        try await waitUntil { clock.sleeperCount == 0 }
    }

    @Test func aFileThatIsBeingWrittenIsNotTaken() async throws {
        let (file, clock, listener) = (try File("a: 1"), VirtualClock(), Listener())
        let reader = try await Self.watching(file, clock)
        reader.addChangeListener(listener)
        for text in ["a", "a: 1", "a: 12", "a: 123"] {
            try file.write(text)
            try await Self.pass(clock, looks: 1)
        }
        #expect(listener.events.isEmpty)
        try await Self.pass(clock, looks: 1)
        #expect(listener.events == ["a=123"])
        withExtendedLifetime(reader) {}
    }

    @Test func aBadVersionIsToldOnceAndTheOldOneStays() async throws {
        let (file, clock, listener) = (try File("a: 1"), VirtualClock(), Listener())
        let logger = RecordingLogger()
        let reader = try await Self.watching(file, clock, logger)
        reader.addChangeListener(listener)
        try file.write("a: hunter2\na: 2")
        try await Self.pass(clock, looks: 5)
        #expect(listener.events == ["READ_FAILED"])
        let errors = logger.messages.filter { $0.level == .error }
        #expect(errors.count == 1)
        #expect(errors.first?.message.contains("the old one stays") == true)
        #expect(errors.first?.error?.contains("line 2") == true)
        #expect(errors.first?.error?.contains("hunter2") == false)
        unlink(file.path)
        try await Self.pass(clock, looks: 4)
        #expect(listener.events == ["READ_FAILED", "READ_FAILED"], "a file that is gone is told too")
        try file.write("a: 3")
        try await Self.pass(clock)
        #expect(listener.events.last == "a=3")
        try file.write("a: 1")
        try await Self.pass(clock)
        #expect(listener.events.last == "a=1", "back to what was read first is a change")
        withExtendedLifetime(reader) {}
    }

    @Test func whatOneListenerRefusesNobodyTakes() async throws {
        let (file, clock) = (try File("a: 1"), VirtualClock())
        let (first, second) = (Listener("first"), Listener("second"))
        let reader = try await Self.watching(file, clock)
        reader.addChangeListener(first)
        reader.addChangeListener(second)
        try file.write("refuse: second")
        try await Self.pass(clock, looks: 4)
        #expect(first.events == ["REFUSED"])
        #expect(second.events == ["REFUSED"])
        withExtendedLifetime(reader) {}
    }

    @Test func theIntervalChangesWhileTheReaderRuns() async throws {
        let (file, clock, listener) = (try File("a: 1"), VirtualClock(), Listener())
        let started: ConfigParams = ["options.reload_interval": "0"]
        let reader = try await Self.watching(file, clock, config: started)
        reader.addChangeListener(listener)
        try file.write("a: 2")
        try await Self.pass(clock, looks: 3)
        #expect(listener.events.isEmpty, "0 is never")
        let old = started.override(["path": file.path])
        #expect(reload(reader, from: old, to: old.override(["options.reload_interval": "5000"])).isEmpty)
        try await Self.pass(clock, looks: 3)
        #expect(listener.events == ["a=2"])
    }

    @Test func aReaderThatIsGoneOrClosedLooksNoLonger() async throws {
        let (file, clock) = (try File("a: 1"), VirtualClock())
        do {
            let reader = try await Self.watching(file, clock)
            reader.addChangeListener(Listener())
            try await waitUntil { clock.sleeperCount == 1 }
        }
        try await waitUntil { clock.sleeperCount == 0 }
        let reader = try await assemble(
            FileConfigReader(file.path), references: ["x:clock:virtual:default:1.0": clock])
        reader.addChangeListener(Listener())
        try await waitUntil { clock.sleeperCount == 1 }
        try await reader.close(.empty)
        try await waitUntil { clock.sleeperCount == 0 }
    }

    @Test func memoryGivesItsConfiguration() async throws {
        let reader = try await assemble(MemoryConfigReader(), config: ["a": "{{A}}", "b.c": "1"])
        #expect(try reader.readConfig(.empty, parameters: nil) == ["a": "{{A}}", "b.c": "1"])
        #expect(try reader.readConfig(.empty, parameters: ["A": "x"]) == ["a": "x", "b.c": "1"])
    }

    @Test func memoryTellsOfChanges() async throws {
        let (reader, listener) = (MemoryConfigReader(["a": "1"]), Listener())
        reader.addChangeListener(listener)
        try await reader.update(.empty, ["a": "1"])
        #expect(listener.events.isEmpty)
        try await reader.update(.empty, ["a": "2"])
        #expect(listener.events == ["a=2"])
        let error = await #expect(throws: ApplicationError.self) { try await reader.update(.empty, ["refuse": ""]) }
        #expect(error?.code == "REFUSED")
        #expect(try reader.readConfig(.empty, parameters: nil) == ["a": "2"])
        reader.removeChangeListener(listener)
        try await reader.update(.empty, ["a": "3"])
        #expect(listener.events == ["a=2", "REFUSED"])
    }
}
