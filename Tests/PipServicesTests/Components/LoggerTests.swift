import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

@Suite struct LoggerTests {
    struct Line: Equatable {
        var text: String
        var isError: Bool
    }

    private func console(_ config: ConfigParams = [:]) async throws -> (ConsoleLogger, Locked<[Line]>) {
        let lines = Locked<[Line]>([])
        let logger = ConsoleLogger { text, isError in
            lines.withLock { $0.append(Line(text: text, isError: isError)) }
        }
        try await assemble(logger, config: config, references: ["test:clock:virtual:default:1.0": VirtualClock()])
        return (logger, lines)
    }

    @Test func aLineHasTraceIdLevelTimeMessageAndError() async throws {
        let (logger, lines) = try await console(["level": "debug"])
        logger.info(Context(traceId: "t1"), "Hello")
        logger.error(.empty, error: ApplicationError.notFound(code: "X", "gone"), "Failed")
        logger.debug(.empty, "Fields", ["a": 1, "b": "x\ny"])
        #expect(
            lines.current == [
                Line(text: "[t1:INFO:2024-01-01T00:00:00.000Z] Hello\n", isError: false),
                Line(text: "[---:ERROR:2024-01-01T00:00:00.000Z] Failed: gone\n", isError: true),
                Line(text: "[---:DEBUG:2024-01-01T00:00:00.000Z] Fields a=1 b=x\\ny\n", isError: false),
            ])
    }

    @Test func lessImportantMessagesAreNotEvenComposed() async throws {
        let (logger, lines) = try await console(["level": "warn"])
        var composed = 0
        func message() -> String {
            composed += 1
            return "m"
        }
        logger.info(.empty, message())
        logger.trace(.empty, message())
        #expect(composed == 0)
        logger.warn(.empty, message())
        logger.fatal(.empty, message())
        #expect(lines.current.map(\.isError) == [true, true])
    }

    @Test func linesCanBeJSON() async throws {
        let (logger, lines) = try await console(["format": "JSON", "source": "beacons", "level": "debug"])
        logger.warn(Context(traceId: "t1"), "a\nb", ["n": 1, "list": ["x"]])
        logger.debug(.empty, "plain")
        #expect(
            lines.current.map(\.text) == [
                #"{"time":"2024-01-01T00:00:00.000Z","level":"WARN","source":"beacons","trace_id":"t1","#
                    + #""message":"a\nb","error":null,"fields":{"n":1,"list":["x"]}}"# + "\n",
                #"{"time":"2024-01-01T00:00:00.000Z","level":"DEBUG","source":"beacons","trace_id":null,"#
                    + #""message":"plain","error":null}"# + "\n",
            ])
        #expect(lines.current.map(\.isError) == [true, false])
    }

    @Test("Lines for Google Cloud Logging have the fields that it expects") func linesForGoogle() async throws {
        let (logger, lines) = try await console(
            ["format": "google", "source": "beacons", "level": "trace", "options.project_id": "p"])
        var context = Context(traceId: "t1")
        context.traceParent = TraceParent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        logger.error(context, error: ApplicationError.notFound(code: "X", "gone"), "Failed", ["n": 1])
        let entry = try JSONConverter.fromJSON(lines.current[0].text)
        #expect(entry["severity"] == "ERROR")
        #expect(entry["message"] == "Failed: gone")
        #expect(entry["time"] == "2024-01-01T00:00:00.000Z")
        #expect(entry["source"] == "beacons" && entry["trace_id"] == "t1")
        #expect(entry["logging.googleapis.com/trace"] == "projects/p/traces/0af7651916cd43dd8448eb211c80319c")
        #expect(entry["logging.googleapis.com/spanId"] == "b7ad6b7169203331")
        #expect(entry["logging.googleapis.com/trace_sampled"] == true)
        #expect(entry["error"]?["code"] == "X" && entry["fields"] == ["n": 1])
        for level in [LogLevel.fatal, .warn, .info, .debug, .trace] {
            logger.log(level, .empty, error: nil, message: "m", fields: [:])
        }
        let severities = try lines.current.dropFirst().map { try JSONConverter.fromJSON($0.text)["severity"] }
        #expect(severities == ["CRITICAL", "WARNING", "INFO", "DEBUG", "DEBUG"])
        let (plain, others) = try await console(["format": "google"])
        plain.info(context, "m")
        let other = try JSONConverter.fromJSON(others.current[0].text)
        #expect(other["logging.googleapis.com/trace"] == "0af7651916cd43dd8448eb211c80319c")
        #expect(ConsoleLogger.lossReport(3, format: .google).contains("\"severity\":\"WARNING\""))
    }

    @Test func aTraceIdCannotForgeALine() async throws {
        let (logger, lines) = try await console()
        logger.info(Context(traceId: "x\n[---:INFO] forged\u{1B}[2J"), "a\nb\u{7}")
        let text = try #require(lines.current.first?.text)
        #expect(text.hasPrefix("[x\\n[---:INFO] forged\\u001b[2J:INFO:"))
        #expect(text.hasSuffix("a\n    b\\u0007\n"))
    }

    @Test("Control characters are escaped everywhere, including in names", arguments: ["text", "json"])
    func controlCharactersAreEscaped(format: String) async throws {
        let (logger, lines) = try await console(["options.format": format, "source": "s\u{9B}"])
        // NEL, CSI, LS, PS, DEL, ALM, LRM, an embedding, an override, an isolate.
        let controls = "\u{85}\u{9B}\u{2028}\u{2029}\u{7F}\u{61C}\u{200E}\u{202A}\u{202E}\u{2066}"
        let error = ApplicationError.badRequest(code: "C", "e" + controls)
        logger.error(
            Context(traceId: "t" + controls), error: error, "m" + controls, ["n" + controls: .string("v" + controls)])
        let line = try #require(lines.current.first?.text)
        let escaped = #"\u0085\u009b\u2028\u2029\u007f\u061c\u200e\u202a\u202e\u2066"#
        for name in ["t", "m", "e", "n", "v"] { #expect(line.contains(name + escaped), "\(name) in \(line)") }
        #expect(line.contains(#"s\u009b"#))
        let isPlain = line.dropLast().unicodeScalars.allSatisfy { (0x20...0x7E).contains($0.value) }
        #expect(isPlain, "\(line)")
        guard format == "json" else { return }
        let record = try JSONConverter.fromJSON(line)
        #expect(record["message"] == .string("m" + controls))
    }

    @Test("Letters of all scripts and emoji are not escaped") func lettersAreKept() async throws {
        let (logger, lines) = try await console()
        let text = "Grüße, здравствуйте, مرحبا, 你好, 👩‍👩‍👧, “quoted” – €"
        logger.info(.empty, "\(text)")
        #expect(lines.current.first?.text.hasSuffix("] \(text)\n") ?? false)
    }

    @Test("A trace id is truncated to 128 code points", arguments: ["text", "json"])
    func traceIdsAreBounded(format: String) async throws {
        let (logger, lines) = try await console(["format": format])
        logger.info(Context(traceId: String(repeating: "ü", count: 10_000)), "m")
        logger.info(Context(traceId: String(repeating: "ü", count: 128)), "m")
        let found = lines.current.map { $0.text.unicodeScalars.filter { $0 == "ü" }.count }
        #expect(found == [128, 128])
    }

    @Test("A JSON line contains the id of the active span") func spansAreFields() async throws {
        let (logger, lines) = try await console(["format": "json"])
        let header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        var outer = Context(traceId: "t1")
        outer.traceParent = TraceParent(header)
        var inner = outer
        inner.traceParent = outer.traceParent?.child(SeededRandom(seed: 1))
        let (outerContext, innerContext) = (outer, inner)
        logger.info(outerContext, "outer")
        await innerContext.bind {
            logger.info(outerContext, "inner")
            logger.info(.empty, "without context")
            logger.info(outerContext, "own field", ["span_id": "mine"])
        }
        logger.info(.empty, "no span")
        let spans = try lines.current.map { try JSONConverter.fromJSON($0.text)["fields"]?["span_id"] }
        let innerId = AnyValue.string(try #require(innerContext.traceParent?.parentId))
        let expected: [AnyValue?] = ["00f067aa0ba902b7", innerId, innerId, "mine", Optional.none]
        #expect(spans == expected)
    }

    @Test func aCompositeReachesAllLoggersOnce() async throws {
        let (first, second) = (RecordingLogger(), RecordingLogger(level: .warn))
        let registered = CompositeLogger()
        let logger = CompositeLogger()
        let references = References([
            ("a:logger:x:1:1.0", first), ("a:logger:x:2:1.0", second), ("a:logger:composite:3:1.0", registered),
        ])
        try await assemble(registered, references: references)
        try await assemble(logger, references: references)
        #expect(logger.level == .trace)
        logger.info(Context(traceId: "t"), "one", ["k": 1])
        logger.warn(.empty, "two")
        #expect(first.messages.map(\.message) == ["one", "two"])
        #expect(first.messages.first?.traceId == "t")
        #expect(first.messages.first?.fields == ["k": 1])
        #expect(second.messages.map(\.message) == ["two"])
    }

    /// A custom logger whose level changes at any time.
    private final class Moody: PipServices.Logger, Component {
        let current = Locked(LogLevel.warn)
        let messages = Locked<[String]>([])
        var level: LogLevel { current.current }
        func log(
            _ level: LogLevel, _ context: Context, error: (any Error)?, message: String, fields: AnyValueMap
        ) {
            messages.withLock { $0.append(message) }
        }
    }

    @Test("A composite follows a logger that changes its level at any time")
    func aChangingLevelCounts() async throws {
        let (moody, console) = (Moody(), ConsoleLogger { _, _ in })
        try await assemble(console, config: ["level": "error"])
        let logger = try await assemble(
            CompositeLogger(), references: ["a:logger:moody:1:1.0": moody, "a:logger:console:1:1.0": console])
        #expect(logger.level == .warn)
        #expect(logger.isEnabled(.warn) && !logger.isEnabled(.info))
        logger.info(.empty, "one")
        moody.current.withLock { $0 = .debug }
        #expect(logger.level == .debug)
        logger.info(.empty, "two")
        moody.current.withLock { $0 = .none }
        #expect(logger.level == .error)
        #expect(moody.messages.current == ["two"])
    }

    @Test("A composite follows reloaded levels, and added and removed loggers")
    func aReloadedLevelCounts() async throws {
        let lines = Locked<[String]>([])
        let console = ConsoleLogger { line, _ in lines.withLock { $0.append(line) } }
        try await assemble(console, config: ["level": "warn"])
        let logger = try await assemble(CompositeLogger(), references: ["a:logger:console:1:1.0": console])
        #expect(logger.level == .warn)
        logger.debug(.empty, "one")
        try await assemble(console, config: ["level": "debug"])
        // Called before `level`, so that this call finds the new level.
        #expect(logger.isEnabled(.debug) && !logger.isEnabled(.trace))
        #expect(logger.level == .debug)
        logger.debug(.empty, "two")
        try await assemble(console, config: ["level": "error"])
        #expect(logger.level == .error)
        logger.debug(.empty, "three")
        #expect(lines.current.count == 1 && lines.current.first?.contains("two") ?? false)
        let quiet = NullLogger()
        try await assemble(logger, references: ["a:logger:null:1:1.0": quiet])
        #expect(logger.level == .none)
    }

    @Test("Levels that change while many tasks log are never cached permanently")
    func levelsChangeUnderLoad() async throws {
        let console = ConsoleLogger { _, _ in }
        try await assemble(console)
        let logger = try await assemble(CompositeLogger(), references: ["a:logger:console:1:1.0": console])
        for round in 0..<200 {
            let level = round.isMultiple(of: 2) ? "debug" : "error"
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<2 { group.addTask { for _ in 0..<100 { _ = logger.level } } }
                group.addTask { _ = try await assemble(console, config: ["level": level]) }
                try await group.waitForAll()
            }
            #expect(logger.level == console.level)
        }
    }

    @Test("The fields of a message that no logger writes are not evaluated") func fieldsAreLazy() async throws {
        let (logger, _) = try await console(["level": "warn"])
        var composed = 0
        func fields() -> AnyValueMap {
            composed += 1
            return ["n": 1]
        }
        logger.info(.empty, "m", fields())
        logger.debug(.empty, "m", fields())
        #expect(composed == 0)
        logger.warn(.empty, "m", fields())
        #expect(composed == 1)
    }

    @Test func aCompositeWithoutLoggersIsSilent() {
        #expect(CompositeLogger().level == .none)
        #expect(!CompositeLogger().isEnabled(.fatal))
    }
}
