#if PIP_GRPC
/// The commandable service, shared by all controllers of an endpoint: it selects a command by name. Errors are part of
/// the reply, as all editions of the toolkit expect.
enum GRPCCommandable {
    static let service = "commandable.Commandable"

    static var methods: [GRPCMethod] {
        [
            GRPCMethod("invoke", .unary, errorReply: errorReply) {
                (pipeline, messages: GRPCMessages<GRPCInvokeRequest>, call) -> GRPCInvokeReply in
                let message = try await messages.single()
                var call = call
                if !message.traceID.isEmpty { call.context.traceId = TraceIds.bounded(message.traceID) }
                do {
                    return try await invoke(pipeline, call, message)
                } catch {
                    throw GRPCNamedFailure(error: error, context: call.context, operation: message.method.shortened)
                }
            }
        ]
    }

    // MARK: - Internal

    @Sendable private static func errorReply(_ description: ErrorDescription) -> GRPCInvokeReply {
        var reply = GRPCInvokeReply()
        reply.error = GRPCErrorDescription(description)
        reply.resultEmpty = true
        return reply
    }

    private static func invoke(
        _ pipeline: GRPCPipeline, _ call: GRPCCall, _ message: GRPCInvokeRequest
    ) async throws -> GRPCInvokeReply {
        guard let route = pipeline.endpoint.command(message.method) else {
            // Only authorized callers learn which commands exist.
            return try await pipeline.handle(call) { context in
                throw unknown(message.method, pipeline.endpoint.commandNames, context)
            }
        }
        let body: @Sendable () -> [UInt8] = { Array(message.argsJson.utf8) }
        return try await pipeline.of(route).handle(call, body: body) { context in
            try await route.run(context, message)
        }
    }

    /// Code and message are those of the Node edition.
    private static func unknown(_ method: String, _ known: [String], _ context: Context) -> ApplicationError {
        .invocation(
            code: "METHOD_NOT_FOUND",
            "Method \(method.shortened) was not found" + NearestName.hint(for: method.shortened, among: known.sorted()),
            traceId: context.traceId, details: ["method": .string(method.shortened)])
    }
}

extension GRPCPipeline {
    /// Returns the pipeline for a command.
    func of(_ route: GRPCCommandRoute) -> GRPCPipeline {
        GRPCPipeline(
            path: path, method: method, endpoint: endpoint, interceptors: interceptors,
            instruments: route.instruments, operation: route.operation, access: route.access)
    }
}
#endif
