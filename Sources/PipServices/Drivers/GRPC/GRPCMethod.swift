#if PIP_GRPC
internal import GRPCCore
internal import GRPCProtobuf
public import SwiftProtobuf

/// A method of a gRPC service: its name, its form, and a handler (the toolkit's `registerMethod`).
///
/// ```swift
/// GRPCMethod.unary("GetDummy") { (context, request: DummyId) -> Dummy in
///     try await dummies.getDummy(context, request.dummyID)
/// }
/// ```
/// Requests and replies are messages that `protoc-gen-swift` generates from the `.proto` file of the service. An error that
/// the handler throws is sent as the status of the call, with the error's fields in its details.
public struct GRPCMethod: Sendable {
    /// The name in the `.proto` file.
    public let name: String
    /// Decides which callers are admitted; nil admits everybody. ``authorized(by:)`` sets it.
    public private(set) var authorizer: RestAuthorizer?
    /// True if the method also answers in maintenance and under load, and whatever the endpoint authorizes.
    var isProbe = false
    /// True if a call is cancelled when the endpoint drains, since it has no end of its own.
    var endsOnDrain = false
    let form: MethodDescriptor.RPCType
    let install: @Sendable (inout RPCRouter<GRPCCapture>, MethodDescriptor, GRPCPipeline) -> Void

    /// A method with one request and one reply.
    ///
    /// - Parameters:
    ///   - name: the name in the `.proto` file.
    ///   - schema: validates the request as JSON, with the field names of the `.proto` file.
    public static func unary<Request: Message & Sendable, Reply: Message & Sendable>(
        _ name: String, schema: (any Schema)? = nil,
        _ handler: @escaping @Sendable (Context, Request) async throws -> Reply
    ) -> GRPCMethod {
        GRPCMethod(name, .unary) { (pipeline, messages: GRPCMessages<Request>, call) -> Reply in
            let request = try await messages.single()
            return try await pipeline.handle(call, body: { try json(of: request) }, schema) { context in
                try await handler(context, request)
            }
        }
    }

    /// A method with a stream of requests and one reply.
    public static func clientStreaming<Request: Message & Sendable, Reply: Message & Sendable>(
        _ name: String, _ handler: @escaping @Sendable (Context, GRPCMessages<Request>) async throws -> Reply
    ) -> GRPCMethod {
        GRPCMethod(name, .clientStreaming) { (pipeline, messages: GRPCMessages<Request>, call) -> Reply in
            try await pipeline.handle(call) { context in try await handler(context, messages) }
        }
    }

    /// A method with one request and a stream of replies, which the handler writes. The stream ends when the handler
    /// returns.
    /// - Parameter schema: as for ``unary(_:schema:_:)``.
    public static func serverStreaming<Request: Message & Sendable, Reply: Message & Sendable>(
        _ name: String, schema: (any Schema)? = nil,
        _ handler: @escaping @Sendable (Context, Request, GRPCWriter<Reply>) async throws -> Void
    ) -> GRPCMethod {
        GRPCMethod(name, .serverStreaming) { (pipeline, messages: GRPCMessages<Request>, writer, call) in
            let request = try await messages.single()
            try await pipeline.handle(call, body: { try json(of: request) }, schema) { context in
                try await handler(context, request, writer)
            }
        }
    }

    /// A method with a stream of requests and a stream of replies.
    public static func bidirectional<Request: Message & Sendable, Reply: Message & Sendable>(
        _ name: String,
        _ handler: @escaping @Sendable (Context, GRPCMessages<Request>, GRPCWriter<Reply>) async throws -> Void
    ) -> GRPCMethod {
        GRPCMethod(name, .bidirectionalStreaming) { (pipeline, messages: GRPCMessages<Request>, writer, call) in
            try await pipeline.handle(call) { context in try await handler(context, messages, writer) }
        }
    }

    /// The same method, which only calls reach that the authorizer admits (the toolkit's `registerMethodWithAuth`). Of
    /// several, all must admit a call. The body of the request that it receives is the message as JSON; it is empty for
    /// a stream of requests.
    public func authorized(by authorizer: RestAuthorizer) -> GRPCMethod {
        var method = self
        let first = self.authorizer
        method.authorizer =
            first.map { first in
                RestAuthorizer(max(first.requirement, authorizer.requirement)) { context, request in
                    try await first.authorize(context, request)
                    try await authorizer.authorize(context, request)
                }
            } ?? authorizer
        return method
    }

    // MARK: - Internal

    /// A method with one reply.
    init<Request: Message & Sendable, Reply: Message & Sendable>(
        _ name: String, _ form: MethodDescriptor.RPCType, errorReply: (@Sendable (ErrorDescription) -> Reply)? = nil,
        _ serve: @escaping @Sendable (GRPCPipeline, GRPCMessages<Request>, GRPCCall) async throws -> Reply
    ) {
        (self.name, self.form) = (name, form)
        install = { router, descriptor, pipeline in
            router.registerHandler(
                forMethod: descriptor, deserializer: ProtobufDeserializer<Request>(),
                serializer: ProtobufSerializer<Reply>()
            ) { request, server in
                await pipeline.single(request.metadata, server, errorReply: errorReply) { call in
                    try await serve(pipeline, GRPCMessages(request.messages), call)
                }
            }
        }
    }

    /// A method with a stream of replies.
    init<Request: Message & Sendable, Reply: Message & Sendable>(
        _ name: String, _ form: MethodDescriptor.RPCType,
        _ serve:
            @escaping @Sendable (GRPCPipeline, GRPCMessages<Request>, GRPCWriter<Reply>, GRPCCall) async throws -> Void
    ) {
        (self.name, self.form) = (name, form)
        install = { router, descriptor, pipeline in
            router.registerHandler(
                forMethod: descriptor, deserializer: ProtobufDeserializer<Request>(),
                serializer: ProtobufSerializer<Reply>()
            ) { request, server in
                pipeline.stream(request.metadata, server) { call, writer in
                    try await serve(pipeline, GRPCMessages(request.messages), writer, call)
                }
            }
        }
    }

    private static func json(of message: some Message) throws -> [UInt8] {
        var options = JSONEncodingOptions()
        options.preserveProtoFieldNames = true
        return try message.jsonUTF8Bytes(options: options)
    }
}

/// Builds a list of methods from consecutive expressions.
@resultBuilder
public enum GRPCMethodBuilder {
    /// One method.
    public static func buildExpression(_ method: GRPCMethod) -> [GRPCMethod] { [method] }
    /// Several methods.
    public static func buildExpression(_ methods: [GRPCMethod]) -> [GRPCMethod] { methods }
    /// Consecutive methods.
    public static func buildBlock(_ parts: [GRPCMethod]...) -> [GRPCMethod] { parts.flatMap { $0 } }
    /// Methods under a condition.
    public static func buildOptional(_ part: [GRPCMethod]?) -> [GRPCMethod] { part ?? [] }
    /// The first branch of a condition.
    public static func buildEither(first part: [GRPCMethod]) -> [GRPCMethod] { part }
    /// The second branch of a condition.
    public static func buildEither(second part: [GRPCMethod]) -> [GRPCMethod] { part }
    /// Methods from a loop.
    public static func buildArray(_ parts: [[GRPCMethod]]) -> [GRPCMethod] { parts.flatMap { $0 } }
}
#endif
