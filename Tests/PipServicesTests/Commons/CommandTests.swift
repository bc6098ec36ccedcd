import PipServices
import PipServicesTesting
import Testing

@Suite struct CommandTests {
    struct Sum: Decodable { var a: Int, b: Int }

    private var commands: CommandSet {
        CommandSet {
            Command("sum") { (_, arguments: Sum) in arguments.a + arguments.b }
            Command("echo", schema: ObjectSchema().withRequiredProperty("text", .string)) { context, arguments in
                ["text": arguments["text"] ?? .null, "trace": context.traceId.map(AnyValue.string) ?? .null] as AnyValue
            }
            Command("nothing") { _, _ in }
            Command("fail") { (_, _) -> String? in throw CancellationFailure() }
            Command("missing") { (_, _) -> String? in throw ApplicationError.notFound(code: "GONE", "gone") }
        }
    }

    struct CancellationFailure: Error {}

    private func call(_ name: String, _ arguments: Parameters = [:]) async throws -> AnyValue? {
        try await commands.execute(Context(traceId: "t"), name, arguments).map { try AnyValue(encoding: $0) }
    }

    @Test func typedAndUntypedCommandsRun() async throws {
        #expect(try await call("sum", ["a": 1, "b": 2]) == 3)
        #expect(try await call("echo", ["text": "x"]) == ["text": "x", "trace": "t"])
        #expect(try await call("nothing") == nil)
    }

    @Test(arguments: [("sum", "b must not be null"), ("echo", "text must not be null")])
    func argumentsAreChecked(name: String, message: String) async {
        let error = await #expect(throws: ApplicationError.self) { try await call(name, ["a": 1]) }
        #expect(error?.code == "INVALID_DATA")
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }

    @Test func errorsKeepTheirCodeOrAreWrapped() async {
        let gone = await #expect(throws: ApplicationError.self) { try await call("missing") }
        #expect(gone?.code == "GONE")
        #expect(gone?.traceId == "t")
        let failed = await #expect(throws: ApplicationError.self) { try await call("fail") }
        #expect(failed?.code == "EXEC_FAILED")
        #expect(failed?.message == "Execution fail failed")
        #expect(failed?.details["command"] == "fail")
        #expect(failed?.causeError is CancellationFailure)
    }

    @Test func anUnknownCommandIsNamedWithTheNearest() async {
        let error = await #expect(throws: ApplicationError.self) { try await call("sun") }
        #expect(error?.code == "CMD_NOT_FOUND")
        #expect(error?.message.contains("did you mean 'sum'?") == true)
    }

    struct Noting: CommandInterceptor {
        let name: String
        let log: Locked<[String]>
        func execute(_ context: Context, _ command: Command, _ arguments: Parameters) async throws -> Command.Result? {
            log.withLock { $0.append("\(name) before \(command.name)") }
            let result = try await command.execute(context, arguments)
            log.withLock { $0.append("\(name) after \(command.name)") }
            return result
        }
    }

    @Test func theFirstInterceptorIsTheOutermost() async throws {
        let log = Locked<[String]>([])
        var set = commands
        set.addInterceptor(Noting(name: "first", log: log))
        set.addInterceptor(Noting(name: "second", log: log))
        _ = try await set.execute(.empty, "nothing", [:])
        #expect(
            log.current == [
                "first before nothing", "second before nothing", "second after nothing", "first after nothing",
            ])
        #expect(set.commands.map(\.name) == commands.commands.map(\.name))
    }
}
