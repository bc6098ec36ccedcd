import PipServicesTesting

@testable import PipServices

enum ObservabilityVectors {
    static let operations: VectorOperation.Table = [
        "toLogLevel": .init { level(LogLevelConverter.toLogLevel($0.value)) },
        "toLogLevelDefault": .init { input in
            level(LogLevelConverter.toLogLevel(input["value"], default: try logLevel(input["default"])))
        },
        // Swift has no levels but the seven. Where the toolkit takes another number, it means none.
        "levelToString": .init { .string(LogLevelConverter.toString((try? logLevel($0.value)) ?? .none)) },
        "levelToInteger": .init { level((try? logLevel($0.value)) ?? .none) },
        "logMessage": .init { try await logMessage($0) },
        "counterTypeText": .init { input in
            VectorValue.text(CounterType(rawValue: try VectorInput.int(input.value))?.description ?? "UNDEF")
        },
        "loggerFilter": .init { try await loggerFilter($0) },
        "loggerConfigure": .init { try await loggerConfigure($0) },
        "compositeLevels": .init { try await compositeLevels($0) },
        "counters": .init { input in
            let counters = LogCounters()
            try count(VectorInput.list(input.value), counters)
            return .array(try counters.all.map { try AnyValue(encoding: $0) })
        },
        "logCounters": .init { input in
            let logger = RecordingLogger()
            let counters = try await assemble(
                LogCounters(), references: ["test:logger:recording:default:1.0": logger])
            try count(VectorInput.list(input.value), counters)
            counters.dump()
            return VectorValue.texts(logger.messages.map(counterLine))
        },
        "countersClear": .init { input in
            let cache = CachedCounters()
            try count(input.list("calls"), Cached(cache: cache))
            if let name = try input.optionalText("clear") { cache.clear(name) } else { cache.clearAll() }
            return VectorValue.texts(cache.all.map(\.name))
        },
        "prometheus": .init { input in
            let counters = LogCounters()
            try count(input.list("calls"), counters)
            return .string(
                PrometheusCounterConverter.toString(
                    counters.all, source: try input.optionalText("source"), instance: try input.optionalText("instance")
                ))
        },
    ]

    // MARK: - Loggers

    private static func level(_ level: LogLevel) -> AnyValue { VectorValue.integer(level.rawValue) }

    private static func logLevel(_ value: AnyValue) throws -> LogLevel {
        guard let level = LogLevel(rawValue: try VectorInput.int(value)) else { throw VectorInput.Missing() }
        return level
    }

    private static func logger(_ config: AnyValue, _ lines: Locked<[String]>) async throws -> ConsoleLogger {
        let logger = ConsoleLogger { line, _ in lines.withLock { $0.append(line) } }
        return try await assemble(logger, config: ConfigParams(config))
    }

    private static func loggerFilter(_ input: VectorInput) async throws -> AnyValue {
        let lines = Locked<[String]>([])
        let logger = try await logger(["level": input["level"]], lines)
        var written: [AnyValue] = []
        for call in try input.list("calls") {
            logger.log(try logLevel(call), .empty, error: nil, message: "message", fields: [:])
            if lines.withLock({ lines in lines.popLast() }) != nil { written.append(call) }
        }
        return .array(written)
    }

    private static func loggerConfigure(_ input: VectorInput) async throws -> AnyValue {
        let lines = Locked<[String]>([])
        let logger = try await logger(input.value, lines)
        logger.log(.fatal, .empty, error: nil, message: "message", fields: [:])
        // A source stands between the head of a line and its message.
        let line = lines.current.first ?? ""
        let text = line.firstRange(of: "] ").map { line[$0.upperBound...] } ?? ""
        let source = text.firstRange(of: ": message").map { String(text[..<$0.lowerBound]) }
        return ["level": level(logger.level), "source": VectorValue.text(source)]
    }

    /// What a cached logger gives to its sink. Swift has interpolation instead of arguments, which stands in for them.
    private static func logMessage(_ input: VectorInput) async throws -> AnyValue {
        let saved = Locked<[LogMessage]>([])
        let source = try input.optionalText("source") ?? ""
        let logger = try await assemble(
            CachedLogger { messages in saved.withLock { $0 += messages } },
            config: ["level": "trace", "source": source])
        let error: (any Error)? =
            switch try input.optionalText("error") {
            case "NotFound": ApplicationError.notFound(code: "NF", "missing")
            case .some: Boom()
            case nil: nil
            }
        logger.log(
            try logLevel(input["level"]), Context(traceId: try input.optionalText("traceId")), error: error,
            message: interpolated(try input.optionalText("message") ?? "", try input.list("args")), fields: [:])
        await logger.dump()
        guard let message = saved.current.first else { return .null }
        guard var value = message.value.map else { return .null }
        value["time"] = nil
        if let error = message.error {
            value["error"] = [
                "category": .string(error.category), "code": .string(error.code),
                "status": VectorValue.integer(error.status), "message": .string(error.message),
            ]
        }
        return .map(value)
    }

    private struct Boom: Error, CustomStringConvertible {
        var description: String { "boom" }
    }

    private static func interpolated(_ message: String, _ arguments: [AnyValue]) -> String {
        var (text, rest) = ("", message[...])
        for argument in arguments {
            guard
                let place = ["%s", "%d", "%i", "%f"].compactMap({ rest.firstRange(of: $0) }).min(by: {
                    $0.lowerBound < $1.lowerBound
                })
            else { break }
            text += rest[..<place.lowerBound] + StringConverter.toString(argument)
            rest = rest[place.upperBound...]
        }
        return text + rest
    }

    private static func compositeLevels(_ input: VectorInput) async throws -> AnyValue {
        let loggers = try input.list("levels").map { RecordingLogger(level: try logLevel($0)) }
        let references = References(loggers.map { ("test:logger:recording:default:1.0", $0) })
        let composite = try await assemble(CompositeLogger(), references: references)
        composite.log(try logLevel(input["call"]), .empty, error: nil, message: "message", fields: [:])
        return VectorValue.integer(loggers.reduce(0) { $0 + $1.messages.count })
    }

    // MARK: - Counters

    /// The engine of counters by itself.
    private struct Cached: Counters {
        let cache: CachedCounters
        var clock: any ClockSource { SystemClock() }
        func update(_ name: String, _ update: CounterUpdate) { cache.update(name, update) }
    }

    private static func count(_ calls: [AnyValue], _ counters: some Counters) throws {
        for call in calls {
            let name = try VectorInput.text(call[1] ?? .null)
            let value = call[2] ?? .null
            switch try VectorInput.text(call[0] ?? .null) {
            case "increment":
                if case .double = value {
                    throw ApplicationError.badRequest(code: "FRACTION", "An increment is a whole number")
                }
                counters.increment(name, try VectorInput.int(value))
            case "incrementOne": counters.incrementOne(name)
            case "stats": counters.stats(name, try number(value))
            case "last": counters.last(name, try number(value))
            case "endTiming": counters.update(name, .interval(try number(value)))
            case "timestamp":
                guard case .date(let date) = value else { throw VectorInput.Unclear(what: "\(call)") }
                counters.timestamp(name, date)
            default: throw VectorInput.Unclear(what: "\(call)")
            }
        }
    }

    /// A counter as Node writes it in the message. Here, its values are fields.
    private static func counterLine(_ message: RecordingLogger.Message) -> String {
        let type = CounterType.allCases.first { AnyValue.string($0.description) == message.fields["type"] }
        var parts = ["\"type\": \(type?.rawValue ?? -1)"]
        for (name, value) in message.fields where name != "name" && name != "type" {
            parts.append("\"\(name)\": \(StringConverter.toString(value))")
        }
        return message.message + " { " + parts.joined(separator: ", ") + " }"
    }

    private static func number(_ value: AnyValue) throws -> Double {
        guard let number = DoubleConverter.toNullableDouble(value) else { throw VectorInput.Missing() }
        return number
    }
}
