#if PIP_AWS
/// An operation of a function in AWS Lambda; events select it by its name in `cmd` (the toolkit's `LambdaAction`).
///
/// ```swift
/// LambdaAction("get_beacon") { context, event in try await service.getBeaconById(context, event.getAsString("id")) }
/// ```
public struct LambdaAction: Sendable {
    /// Handles an event, whose members are the parameters.
    public typealias Handler = @Sendable (Context, Parameters) async throws -> Command.Result?
    /// Authorizes a caller; throws if it is not permitted.
    public typealias Authorizer = @Sendable (Context, Parameters) async throws -> Void

    /// The name in `cmd`. A ``LambdaController`` prefixes it with its own name.
    public var cmd: String
    /// Validates the event; nil accepts any.
    public var schema: (any Schema)?
    /// Handles an event.
    public var action: Handler

    /// Creates an action.
    ///
    /// - Parameters:
    ///   - cmd: the name in `cmd`.
    ///   - schema: validates the event.
    ///   - authorize: authorizes the caller before the event is validated (the toolkit's `registerActionWithAuth`).
    ///   - action: handles an event; its result is the response.
    public init<Value: Encodable & Sendable>(
        _ cmd: String, schema: (any Schema)? = nil, authorize: Authorizer? = nil,
        _ action: @escaping @Sendable (Context, Parameters) async throws -> Value?
    ) {
        self.cmd = cmd
        self.schema = authorize == nil ? schema : nil
        guard let authorize else {
            self.action = { try await action($0, $1) }
            return
        }
        self.action = { context, event in
            try await authorize(context, event)
            try schema?.validateAndThrow(traceId: context.traceId, .map(event.values))
            return try await action(context, event)
        }
    }

    // MARK: - Internal

    /// An action that executes a command. The arguments are the members of the event, except for `cmd` and the trace
    /// id.
    init(_ command: Command) {
        cmd = command.name
        schema = nil
        action = { context, event in
            try await command.execute(context, FunctionEnvelope.arguments(event))
        }
    }
}

/// Intercepts the actions of a ``LambdaController``: calls `next`, or responds to the event or rejects it itself (the
/// action of the toolkit's `registerInterceptor`).
public struct LambdaInterceptor: Sendable {
    /// Continues with an event.
    public typealias Next = @Sendable (Context, Parameters) async throws -> Command.Result?
    /// Handles an event.
    public let action: @Sendable (Context, Parameters, Next) async throws -> Command.Result?

    /// Creates an interceptor.
    public init(_ action: @escaping @Sendable (Context, Parameters, Next) async throws -> Command.Result?) {
        self.action = action
    }
}

/// The result builder for lists of actions.
@resultBuilder public enum LambdaActionBuilder {
    /// One action.
    public static func buildExpression(_ action: LambdaAction) -> [LambdaAction] { [action] }
    /// Several actions.
    public static func buildExpression(_ actions: [LambdaAction]) -> [LambdaAction] { actions }
    /// Actions one below the other.
    public static func buildBlock(_ parts: [LambdaAction]...) -> [LambdaAction] { parts.flatMap(\.self) }
    /// Actions under a condition.
    public static func buildOptional(_ part: [LambdaAction]?) -> [LambdaAction] { part ?? [] }
    /// The first branch of a condition.
    public static func buildEither(first part: [LambdaAction]) -> [LambdaAction] { part }
    /// The second branch of a condition.
    public static func buildEither(second part: [LambdaAction]) -> [LambdaAction] { part }
    /// Actions from a loop.
    public static func buildArray(_ parts: [[LambdaAction]]) -> [LambdaAction] { parts.flatMap(\.self) }
}
#endif
