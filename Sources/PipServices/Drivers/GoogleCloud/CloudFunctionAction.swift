/// An action of a Google Cloud function, called by its `cmd` (the toolkit's `CloudFunctionAction`).
public struct CloudFunctionAction: Sendable {
    /// Handles a request. The arguments are the properties of its JSON body, without `cmd` and the trace id.
    public typealias Handler = @Sendable (Context, RestRequest, Parameters) async throws -> RestResponse

    /// The name that callers send as `cmd`.
    public var cmd: String
    /// Validates the query and, as `body`, the body; nil for no validation.
    public var schema: (any Schema)?
    /// Decides which callers are admitted; nil admits everyone.
    public var authorizer: RestAuthorizer?
    /// The handler.
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

    /// Creates an action whose handler returns a value. It is sent as JSON; nil is sent as status 204 without a body.
    public init<Value: Encodable & Sendable>(
        _ cmd: String, schema: (any Schema)? = nil, authorizer: RestAuthorizer? = nil,
        _ action: @escaping @Sendable (Context, Parameters) async throws -> Value?
    ) {
        self.init(cmd, schema: schema, authorizer: authorizer) { context, _, arguments in
            try RestResponse.json(try await action(context, arguments))
        }
    }
}
