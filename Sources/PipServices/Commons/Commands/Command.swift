/// A named operation that can be called from outside (the toolkit's `Command`).
///
/// Untyped, from ``Parameters`` to a value, or typed, from one `Decodable` type to an `Encodable` one:
/// ```swift
/// Command("greet") { (context, arguments: Greet) in "Hello, \(arguments.name)!" }
/// ```
/// The arguments of a typed command are checked by the schema that ``DerivedSchema`` finds for their type, unless it is
/// given another one.
public struct Command: Sendable {
    /// What a command gives: any encodable value, or nothing.
    public typealias Result = any Encodable & Sendable

    /// The name it is called by.
    public let name: String
    /// What the arguments must be like; nil when they can be anything. For a typed command without a schema of its own
    /// it is found when it is first needed.
    public var schema: (any Schema)? { findSchema() }
    /// What the result is like, as far as its type tells, for documents; nil when there never is one.
    public var resultSchema: SchemaType? { findResult() }
    /// The types of the arguments and of the result of which no schema is found, so that documents can't tell of them.
    public var schemaGaps: [SchemaGap] { findGaps() }
    private let findGaps: @Sendable () -> [SchemaGap]
    private let findSchema: @Sendable () -> (any Schema)?
    private let findResult: @Sendable () -> SchemaType?
    private let action: @Sendable (Context, Parameters) async throws -> Result?
    private let validation: (@Sendable (Parameters) -> [ValidationResult])?

    /// A command that takes its arguments as they come.
    public init<Value: Encodable & Sendable>(
        _ name: String, schema: (any Schema)? = nil,
        _ action: @escaping @Sendable (Context, Parameters) async throws -> Value?
    ) {
        self.init(
            name: name, schema: { schema }, result: { DerivedSchema.ofResult(Value.self) },
            gaps: { Self.gaps(result: DerivedSchema.gapsOfResult(Value.self)) },
            action: { try await action($0, $1) })
    }

    /// A command that takes its arguments as they come and gives nothing.
    public init(
        _ name: String, schema: (any Schema)? = nil,
        _ action: @escaping @Sendable (Context, Parameters) async throws -> Void
    ) {
        self.init(
            name: name, schema: { schema }, result: { nil },
            action: { context, arguments in
                try await action(context, arguments)
                return nil
            })
    }

    /// A command whose arguments are decoded. Arguments that do not fit the type are a BadRequest `INVALID_DATA`.
    ///
    /// - Parameter schema: what the arguments must be like, in place of the schema of their type.
    public init<Arguments: Decodable & Sendable, Value: Encodable & Sendable>(
        _ name: String, schema: (any Schema)? = nil,
        _ action: @escaping @Sendable (Context, Arguments) async throws -> Value?
    ) {
        self.init(
            name: name, schema: { schema ?? DerivedSchema.schema(of: Arguments.self) },
            result: { DerivedSchema.ofResult(Value.self) },
            gaps: {
                Self.gaps(
                    arguments: schema == nil ? DerivedSchema.gaps(in: Arguments.self) : [],
                    result: DerivedSchema.gapsOfResult(Value.self))
            },
            action: { context, arguments in
                try await action(context, try AnyValue.map(arguments.values).decode())
            })
    }

    /// A command whose arguments are decoded and that gives nothing.
    public init<Arguments: Decodable & Sendable>(
        _ name: String, schema: (any Schema)? = nil,
        _ action: @escaping @Sendable (Context, Arguments) async throws -> Void
    ) {
        self.init(
            name: name, schema: { schema ?? DerivedSchema.schema(of: Arguments.self) },
            result: { nil },
            gaps: { Self.gaps(arguments: schema == nil ? DerivedSchema.gaps(in: Arguments.self) : []) },
            action: { context, arguments in
                try await action(context, try AnyValue.map(arguments.values).decode())
                return nil
            })
    }

    /// A command that an ``Executable`` carries out.
    public init(_ name: String, schema: (any Schema)? = nil, executing action: any Executable) {
        self.init(name: name, schema: { schema }, result: { .any }, action: { try await action.execute($0, $1) })
    }

    /// Checks the arguments and runs the command.
    /// - Throws: BadRequest `INVALID_DATA` for arguments that do not fit; application errors of the action as they are;
    ///   any other error as the cause of a FailedInvocation `EXEC_FAILED`, whose message does not quote it.
    public func execute(_ context: Context, _ arguments: Parameters) async throws -> Result? {
        if let error = ValidationError.fromResults(traceId: context.traceId, validate(arguments)) { throw error }
        return try await run(context, arguments)
    }

    /// What is wrong with arguments; nothing when they are valid.
    public func validate(_ arguments: Parameters) -> [ValidationResult] {
        validation?(arguments) ?? schema?.validate(.map(arguments.values)) ?? []
    }

    // MARK: - Internal

    private init(
        name: String, schema: @escaping @Sendable () -> (any Schema)?,
        result: @escaping @Sendable () -> SchemaType?,
        gaps: @escaping @Sendable () -> [SchemaGap] = { [] },
        validation: (@Sendable (Parameters) -> [ValidationResult])? = nil,
        action: @escaping @Sendable (Context, Parameters) async throws -> Result?
    ) {
        self.name = name
        findSchema = schema
        findResult = result
        findGaps = gaps
        self.validation = validation
        self.action = action
    }

    /// The gaps at their places: `arguments.order.kind`, `result`.
    private static func gaps(arguments: [SchemaGap] = [], result: [SchemaGap] = []) -> [SchemaGap] {
        arguments.map { $0.placed(in: "arguments") } + result.map { $0.placed(in: "result") }
    }

    /// Runs the command on arguments that were checked.
    func run(_ context: Context, _ arguments: Parameters) async throws -> Result? {
        do {
            return try await action(context, arguments)
        } catch let error as ApplicationError {
            throw error.traceId == nil ? error.withTraceId(context.traceId) : error
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw ApplicationError.invocation(
                code: "EXEC_FAILED", "Execution \(name) failed",
                traceId: context.traceId, details: ["command": .string(name)], cause: error)
        }
    }

    /// The same command with an interceptor around it.
    func intercepted(by interceptor: any CommandInterceptor) -> Command {
        Command(
            name: interceptor.getName(self), schema: findSchema, result: findResult, gaps: findGaps,
            validation: { interceptor.validate(self, $0) },
            action: { try await interceptor.execute($0, self, $1) })
    }
}
