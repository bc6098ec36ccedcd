#if PIP_GRPC
/// Calls the commands of another service by gRPC (the toolkit's `CommandableGrpcClient`): the method `invoke` of
/// `commandable.Commandable`, by the name `<name>.<command>` with the arguments as JSON.
///
/// It needs no code: `pip-services:client:commandable-grpc:default:1.0` in a configuration, with `name` and a connection, is
/// a ``Client`` of any service whose commands are served by gRPC, in any edition. It has the settings of ``GRPCClient``.
///
/// A call is tried again only if the service can't have got it. A command that the service does not have is a
/// FailedInvocation `METHOD_NOT_FOUND`, in whichever of two ways the service's edition tells so.
public final class CommandableGRPCClient: Component, Client {
    private let grpc = GRPCClient(service: GRPCCommandable.service)
    private let nameSetting: Setting<String>
    private let operations = ClientOperations(prefix: "")

    /// Creates a client.
    /// - Parameter name: what the names of commands start with; the setting `name` replaces it.
    public init(name: String = "") {
        nameSetting = Setting(
            "name", aliases: ["base_route"], default: name, "What the names of commands start with, before a dot")
    }

    /// Calls a command.
    /// - Throws: as ``Client/callCommand(_:_:_:as:)`` and ``GRPCClient/call(_:_:_:metadata:isIdempotent:as:)``.
    public func callCommand<Value: Codable & Sendable>(
        _ context: Context, _ name: String, _ arguments: Parameters, as type: Value.Type
    ) async throws -> Value? {
        let prefix = nameSetting()
        let method = prefix.isEmpty ? name : "\(prefix).\(name)"
        var request = GRPCInvokeRequest()
        request.method = method
        request.traceID = context.traceId ?? ""
        request.argsEmpty = arguments.values.isEmpty
        request.argsJson = String(decoding: JSONWriter.bytes(of: .map(arguments.values)), as: UTF8.self)
        do {
            return try await grpc.call(
                context, "invoke", request, [], isIdempotent: false, operation: operations[method],
                finish: { (reply: GRPCInvokeReply) in try Self.value(of: reply, method, context) })
        } catch let error as ApplicationError where Self.isUnknownMethod(error, method) {
            throw Self.unknown(method, context)
        }
    }

    // MARK: - Internal

    private static func value<Value: Codable & Sendable>(
        of reply: GRPCInvokeReply, _ method: String, _ context: Context
    ) throws(ApplicationError) -> Value? {
        if reply.hasError, reply.error.isError { throw reply.error.applicationError(traceId: context.traceId) }
        guard !reply.resultEmpty, !reply.resultJson.isEmpty else { return nil }
        let value: AnyValue
        do {
            value = try JSONParser.parse(Array(reply.resultJson.utf8))
        } catch {
            throw .connection(
                code: HTTPFailure.badResponse, "The result of \(method) is not JSON", traceId: context.traceId,
                details: ["method": .string(method), "reason": .string(error.message)])
        }
        if value.isNull { return nil }
        // The usual case of code that does not know what it gets.
        if Value.self == AnyValue.self, let value = value as? Value { return value }
        return try value.decode(Value.self)
    }

    /// The Python edition fails with the text of its `KeyError` as a status.
    private static func isUnknownMethod(_ error: ApplicationError, _ method: String) -> Bool {
        error.code.isSame(as: "GRPC_UNKNOWN") && error.message.isSame(as: "Exception calling application: '\(method)'")
    }

    private static func unknown(_ method: String, _ context: Context) -> ApplicationError {
        .invocation(
            code: "METHOD_NOT_FOUND", "Method \(method) was not found", traceId: context.traceId,
            details: ["method": .string(method)])
    }
}
#endif
