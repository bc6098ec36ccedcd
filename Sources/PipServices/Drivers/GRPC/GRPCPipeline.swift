#if PIP_GRPC
internal import GRPCCore

/// The processing steps of a call: the limits, authentication, interceptors, authorization and instruments of the
/// endpoint and of the controller.
struct GRPCPipeline: Sendable {
    /// The method's path, `/<service>/<method>`.
    let path: String
    let method: GRPCMethod
    let endpoint: GRPCEndpoint
    /// The interceptors whose path matches, the outermost first.
    let interceptors: [GRPCInterceptor.Action]
    /// The instruments of the controller and the name of the operation; nil for a call that is not instrumented as an
    /// operation.
    let instruments: Instruments?
    let operation: InstrumentedOperation
    /// The authorization configured in the controller.
    let access: AccessSettings?

    /// Serves a call with one reply.
    /// - Parameter errorReply: converts an error to a reply; nil if errors are sent as a status.
    func single<Reply: Sendable>(
        _ metadata: Metadata, _ server: ServerContext, errorReply: (@Sendable (ErrorDescription) -> Reply)? = nil,
        _ body: @escaping @Sendable (GRPCCall) async throws -> Reply
    ) async -> StreamingServerResponse<Reply> {
        let call = begin(metadata, server)
        let fields = Self.metadata(call.context)
        do {
            let reply = try await endpoint.run(call, endsOnDrain: method.endsOnDrain) { try await body(call) }
            return StreamingServerResponse(single: ServerResponse(message: reply, metadata: fields))
        } catch {
            let failure = endpoint.failure(error, call.context, operation: operation.name)
            if let description = failure.description, let errorReply {
                return StreamingServerResponse(
                    single: ServerResponse(message: errorReply(description), metadata: fields))
            }
            return StreamingServerResponse(error: failure.status)
        }
    }

    /// Serves a call with a stream of replies.
    func stream<Reply: Sendable>(
        _ metadata: Metadata, _ server: ServerContext,
        _ body: @escaping @Sendable (GRPCCall, GRPCWriter<Reply>) async throws -> Void
    ) -> StreamingServerResponse<Reply> {
        let call = begin(metadata, server)
        return StreamingServerResponse(metadata: Self.metadata(call.context)) { writer in
            do {
                try await endpoint.run(call, endsOnDrain: method.endsOnDrain) {
                    try await body(call, GRPCWriter(writer))
                }
                return [:]
            } catch {
                throw endpoint.failure(error, call.context, operation: operation.name).status
            }
        }
    }

    /// Runs the handler of a call if the call is admitted and authorized.
    ///
    /// - Parameters:
    ///   - body: the message as JSON, for interceptors and authorizers.
    ///   - schema: validates the message as JSON.
    ///   - handler: handles the call; called once.
    func handle<Result: Sendable>(
        _ call: GRPCCall, body: @Sendable () throws -> [UInt8] = { [] }, _ schema: (any Schema)? = nil,
        _ handler: @escaping @Sendable (Context) async throws -> Result
    ) async throws -> Result {
        var (context, request) = (call.context, call.request)
        let mark = try endpoint.admit(isProbe: method.isProbe)
        defer { withExtendedLifetime(mark) {} }
        if let user = try await endpoint.user(context, request) {
            request.user = user
            context.user = user.value
        }
        if !interceptors.isEmpty || method.authorizer != nil { request.body = RestBody(try body()) }
        let json = schema == nil ? [] : try body()
        guard !interceptors.isEmpty else {
            return try await context.bind { try await proceed(context, request, schema, json, handler) }
        }
        let result = Locked<Result?>(nil)
        try await intercepted(interceptors[...], context, request) { context, request in
            let value = try await context.bind { try await proceed(context, request, schema, json, handler) }
            result.withLock { $0 = value }
        }
        if let value = result.current { return value }
        throw ApplicationError.invalidState(
            code: "NOT_ANSWERED", "An interceptor of \(path) ended a call without going on or throwing",
            traceId: context.traceId)
    }

    // MARK: - Internal

    private func begin(_ metadata: Metadata, _ server: ServerContext) -> GRPCCall {
        endpoint.begin(GRPCCall(path: path, metadata, server, isSecure: endpoint.isSecure, clock: endpoint.clock))
    }

    private func intercepted(
        _ rest: ArraySlice<GRPCInterceptor.Action>, _ context: Context, _ request: RestRequest,
        _ last: @escaping GRPCInterceptor.Next
    ) async throws {
        guard let first = rest.first else { return try await last(context, request) }
        try await first(context, request) { context, request in
            try await intercepted(rest.dropFirst(), context, request, last)
        }
    }

    private func proceed<Result: Sendable>(
        _ context: Context, _ request: RestRequest, _ schema: (any Schema)?, _ json: [UInt8],
        _ handler: (Context) async throws -> Result
    ) async throws -> Result {
        guard let instruments else { return try await check(context, request, schema, json, handler) }
        return try await instruments.run(context, operation) {
            try await check(context, request, schema, json, handler)
        }
    }

    private func check<Result: Sendable>(
        _ context: Context, _ request: RestRequest, _ schema: (any Schema)?, _ json: [UInt8],
        _ handler: (Context) async throws -> Result
    ) async throws -> Result {
        try await authorize(context, request, access)
        try await method.authorizer?.authorize(context, request)
        if let schema { try schema.validateAndThrow(traceId: context.traceId, try JSONParser.parse(json)) }
        return try await handler(context)
    }

    /// Applies `authorize` and `roles` of the controller, or those of the endpoint if the controller has none.
    func authorize(_ context: Context, _ request: RestRequest, _ access: AccessSettings?) async throws {
        if let access, access.isConfigured {
            try await access.authorizer?.authorize(context, request)
        } else if !method.isProbe {
            try await endpoint.access.authorizer?.authorize(context, request)
        }
    }

    /// Returns the metadata of a reply: the trace id, if it is valid in metadata.
    private static func metadata(_ context: Context) -> Metadata {
        guard let id = context.traceId, id.utf8.count <= 256, id.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return [:]
        }
        return ["trace_id": .string(id)]
    }
}
#endif
