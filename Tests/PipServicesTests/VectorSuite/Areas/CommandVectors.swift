import PipServices

enum CommandVectors {
    static let operations: VectorOperation.Table = [
        "execute": .init { try await execute($0) },
        "validate": .init { input in
            findings(commands().validate(try input.text("command"), Parameters(try input.map("args"))))
        },
        "commands": .init { input in
            let log = Locked<[String]>([])
            let set = commands(interceptors: try input.texts("interceptors"), log: log)
            return VectorValue.texts(set.commands.map(\.name))
        },
        "notify": .init { try await notify($0) },
        "addCommandSet": .init { input in
            let sets = try VectorInput.list(input.value).map { names in
                let commands = try VectorInput.list(names).map { plain(try VectorInput.text($0)) }
                return CommandSet { commands }
            }
            var merged = CommandSet()
            for set in sets { merged.addCommandSet(set) }
            return VectorValue.texts(merged.commands.map(\.name))
        },
    ]

    /// Findings of validation as vectors write them.
    static func findings(_ results: [ValidationResult]) -> AnyValue {
        .array(
            results.map { result in
                let type =
                    switch result.type {
                    case .information: "Information"
                    case .warning: "Warning"
                    case .error: "Error"
                    }
                return ["path": .string(result.path), "type": .string(type), "code": .string(result.code)]
            })
    }

    private static func execute(_ input: VectorInput) async throws -> AnyValue {
        let log = Locked<[String]>([])
        let set = commands(interceptors: try input.texts("interceptors"), log: log)
        let context = Context(traceId: try input.optionalText("traceId"))
        let arguments = Parameters(try input.map("args"))
        var outcome: AnyValueMap
        do {
            let result = try await set.execute(context, input.text("command"), arguments)
            outcome = ["result": try result.map { try AnyValue(encoding: $0) } ?? .null]
        } catch {
            outcome = ["error": VectorValue.error(error)]
        }
        outcome["log"] = VectorValue.texts(log.current)
        return .map(outcome)
    }

    private static func notify(_ input: VectorInput) async throws -> AnyValue {
        let log = Locked<[String]>([])
        let set = CommandSet { Event("created") }
        for name in try input.texts("listeners") { set.addListener(Listener(name: name, log: log)) }
        var outcome: AnyValueMap = [:]
        do {
            try await set.notify(.empty, input.text("event"), Parameters(try input.map("args")))
        } catch {
            outcome["error"] = VectorValue.error(error)
        }
        outcome["log"] = VectorValue.texts(log.current)
        return .map(outcome)
    }

    /// Logs the event; one with the name `fail` then fails.
    private final class Listener: EventListener {
        let name: String
        let log: Locked<[String]>

        init(name: String, log: Locked<[String]>) {
            self.name = name
            self.log = log
        }

        func onEvent(_ context: Context, _ event: Event, _ arguments: Parameters) async throws {
            log.withLock { $0.append("\(name):\(event.name):\(arguments.getAsString("value"))") }
            if name == "fail" { throw Failure() }
        }
    }

    // MARK: - The set

    private struct Failure: Error {}

    private static func plain(_ name: String) -> Command { Command(name) { (_, _: Parameters) in } }

    private static func commands(interceptors: [String] = [], log: Locked<[String]> = Locked([])) -> CommandSet {
        var set = CommandSet {
            Command("echo", schema: ObjectSchema(allowUndefined: true).withOptionalProperty("value", .any)) {
                (_, arguments: Parameters) -> AnyValueMap? in ["echo": arguments["value"] ?? .null]
            }
            Command(
                "sum",
                schema: ObjectSchema(allowUndefined: true).withRequiredProperty("a", .integer)
                    .withRequiredProperty("b", .integer)
            ) { (_, arguments: Parameters) -> Int? in arguments.getAsInteger("a") + arguments.getAsInteger("b") }
            plain("nop")
            Command("appError") { (context, _: Parameters) -> Void in
                throw ApplicationError.notFound(code: "NF", "missing", traceId: context.traceId)
            }
            Command("rawError") { (_, _: Parameters) -> Void in throw Failure() }
            Command("strictName", schema: ObjectSchema().withRequiredProperty("name", .string)) {
                (_, arguments: Parameters) -> String? in arguments.getAsNullableString("name")
            }
        }
        for name in interceptors { set.addInterceptor(Interceptor(name: name, log: log)) }
        return set
    }

    /// Logs before and after; one with the name `ren` renames commands.
    private struct Interceptor: CommandInterceptor {
        let name: String
        let log: Locked<[String]>

        func getName(_ command: Command) -> String { name == "ren" ? "x-" + command.name : command.name }

        func execute(
            _ context: Context, _ command: Command, _ arguments: Parameters
        ) async throws -> Command.Result? {
            note("before", command)
            defer { note("after", command) }
            return try await command.execute(context, arguments)
        }

        private func note(_ moment: String, _ command: Command) {
            log.withLock { $0.append("\(name):\(moment):\(command.name)") }
        }
    }
}
