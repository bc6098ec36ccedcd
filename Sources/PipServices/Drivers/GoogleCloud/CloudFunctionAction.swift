/// An action of a function of Google Cloud (the toolkit's `CloudFunctionAction`): what callers name by `cmd`.
public struct CloudFunctionAction: Sendable {
    /// Answers a request. The arguments are the members of its JSON body, without `cmd` and the trace id.
    public typealias Handler = @Sendable (Context, RestRequest, Parameters) async throws -> RestResponse

    /// The name that callers send.
    public var cmd: String
    /// Validates the query and, as `body`, the body; nil for none.
    public var schema: (any Schema)?
    /// Decides which callers are admitted; nil admits everybody.
    public var authorizer: RestAuthorizer?
    /// Answers the requests.
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
}
