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
                Line(text: "[---:DEBUG:2024-01-01T00:00:00.000Z] Fields a=1 b=x?y\n", isError: false),
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

    @Test func aTraceIdCannotForgeALine() async throws {
        let (logger, lines) = try await console()
        logger.info(Context(traceId: "x\n[---:INFO] forged\u{1B}[2J"), "a\nb\u{7}")
        let text = try #require(lines.current.first?.text)
        #expect(text.hasPrefix("[x?[---:INFO] forged?[2J:INFO:"))
        #expect(text.hasSuffix("a\n    b?\n"))
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

    @Test func aCompositeWithoutLoggersIsSilent() {
        #expect(CompositeLogger().level == .none)
        #expect(!CompositeLogger().isEnabled(.fatal))
    }
}
