/// An action of a Google Cloud or Azure function that is called over HTTP; callers select it by its name in `cmd`.
public struct HTTPFunctionAction: Sendable {
    /// Handles a request. The arguments are the members of its JSON body, without `cmd` and the trace id.
    public typealias Handler = @Sendable (Context, RestRequest, Parameters) async throws -> RestResponse

    /// The name in `cmd`.
    public var cmd: String
    /// Validates the query and, as `body`, the body; nil for none.
    public var schema: (any Schema)?
    /// Authorizes callers; nil permits all.
    public var authorizer: RestAuthorizer?
    /// Handles requests.
    public var action: Handler

    /// Creates an action whose handler returns a response.
    public init(
        _ cmd: String, schema: (any Schema)? = nil, authorizer: RestAuthorizer? = nil,
        response action: @escaping Handler
    ) {
        self.cmd = cmd
        self.schema = schema
        self.authorizer = authorizer
        self.action = action
    }

    /// Creates an action whose handler returns a value, which is sent as JSON; nil as status 204 without a body.
    public init<Value: Encodable & Sendable>(
        _ cmd: String, schema: (any Schema)? = nil, authorizer: RestAuthorizer? = nil,
        _ action: @escaping @Sendable (Context, Parameters) async throws -> Value?
    ) {
        self.init(cmd, schema: schema, authorizer: authorizer) { context, _, arguments in
            try RestResponse.json(try await action(context, arguments))
        }
    }

    // MARK: - Internal

    /// Returns an action for each command of a component; none if the component is missing, which its dependency
    /// reports.
    static func all(of service: Dependency<any Commandable>) -> [HTTPFunctionAction] {
        let commands = (try? service.commands().interceptedCommands) ?? []
        return commands.map { command in
            HTTPFunctionAction(command.name) { context, _, arguments in
                try RestResponse.json(try await command.execute(context, arguments))
            }
        }
    }
}

/// A component with actions of a function that is called over HTTP. Each cloud has its own protocol that inherits from
/// it.
public protocol HTTPFunctionController: Component {
    /// The prefix of all action names, before a dot; empty by default.
    var name: String { get }
    /// The actions. Read once, when the function opens.
    var actions: [HTTPFunctionAction] { get }
    /// The interceptors of the actions, the first one outermost; none by default. The pattern of an interceptor applies
    /// to action names.
    var interceptors: [RestInterceptor] { get }
}

extension HTTPFunctionController {
    /// Empty.
    public var name: String { "" }
    /// None.
    public var interceptors: [RestInterceptor] { [] }
}
