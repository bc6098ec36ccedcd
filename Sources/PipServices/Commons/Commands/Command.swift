/// A named operation that transports can expose (the toolkit's `Command`).
///
/// A command is untyped (from ``Parameters`` to a value) or typed (from a `Decodable` type to an `Encodable` one):
/// ```swift
/// Command("greet") { (context, arguments: Greet) in "Hello, \(arguments.name)!" }
/// ```
/// The arguments of a typed command are validated by the schema that ``DerivedSchema`` derives from their type, unless
/// you pass another schema.
public struct Command: Sendable {
    /// The result of a command: an encodable value, or nil.
    public typealias Result = any Encodable & Sendable

    /// The name that callers use.
    public let name: String
    /// The schema of the arguments, or nil if any arguments are accepted. A typed command without a schema of its own
    /// derives it on first use.
    public var schema: (any Schema)? { findSchema() }
    /// The type of the result for API documents, as far as it can be derived. Nil if the command returns nothing.
    public var resultSchema: SchemaType? { findResult() }
    /// The types of the arguments and the result that have no derived schema, and that API documents therefore can't
    /// describe.
    public var schemaGaps: [SchemaGap] { findGaps() }
    private let findGaps: @Sendable () -> [SchemaGap]
    private let findSchema: @Sendable () -> (any Schema)?
    private let findResult: @Sendable () -> SchemaType?
    private let action: @Sendable (Context, Parameters) async throws -> Result?
    private let validation: (@Sendable (Parameters) -> [ValidationResult])?

    /// Creates a command that receives untyped arguments.
    public init<Value: Encodable & Sendable>(
        _ name: String, schema: (any Schema)? = nil,
        _ action: @escaping @Sendable (Context, Parameters) async throws -> Value?
    ) {
        self.init(
            name: name, schema: { schema }, result: { DerivedSchema.ofResult(Value.self) },
            gaps: { Self.gaps(result: DerivedSchema.gapsOfResult(Value.self)) },
            action: { try await action($0, $1) })
    }

    /// Creates a command that receives untyped arguments and returns nothing.
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

    /// Creates a command with decoded arguments. Arguments that can't be decoded cause BadRequest `INVALID_DATA`.
    ///
    /// - Parameter schema: replaces the schema that is derived from the type of the arguments.
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

    /// Creates a command with decoded arguments that returns nothing.
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

    /// Creates a command that calls an ``Executable``.
    public init(_ name: String, schema: (any Schema)? = nil, executing action: any Executable) {
        self.init(name: name, schema: { schema }, result: { .any }, action: { try await action.execute($0, $1) })
    }

    /// Validates the arguments and runs the command.
    /// - Throws: BadRequest `INVALID_DATA` for invalid arguments. Application errors of the action are rethrown. Any
    ///   other error becomes the cause of FailedInvocation `EXEC_FAILED`, whose message does not quote it.
    public func execute(_ context: Context, _ arguments: Parameters) async throws -> Result? {
        if let error = ValidationError.fromResults(traceId: context.traceId, validate(arguments)) { throw error }
        return try await run(context, arguments)
    }

    /// Validates arguments and returns the findings. The list is empty if they are valid.
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

    /// Prefixes the paths of the gaps: `arguments.order.kind`, `result`.
    private static func gaps(arguments: [SchemaGap] = [], result: [SchemaGap] = []) -> [SchemaGap] {
        arguments.map { $0.placed(in: "arguments") } + result.map { $0.placed(in: "result") }
    }

    /// Runs the command on validated arguments.
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

    /// Returns this command with an interceptor around it.
    func intercepted(by interceptor: any CommandInterceptor) -> Command {
        Command(
            name: interceptor.getName(self), schema: findSchema, result: findResult, gaps: findGaps,
            validation: { interceptor.validate(self, $0) },
            action: { try await interceptor.execute($0, self, $1) })
    }
}
