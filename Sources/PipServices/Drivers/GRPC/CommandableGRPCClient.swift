#if PIP_GRPC
/// Calls the commands of another service by gRPC (the toolkit's `CommandableGrpcClient`): the method `invoke` of
/// `commandable.Commandable`, with the command's name as `<name>.<command>` and its arguments as JSON.
///
/// No code is needed: `pip-services:client:commandable-grpc:default:1.0` with `name` and a connection is a ``Client``
/// for any service, in any edition, whose commands are served by gRPC. It has the settings of ``GRPCClient``.
///
/// A call is retried only if the service can't have received it. An unknown command causes FailedInvocation
/// `METHOD_NOT_FOUND`, independent of how the service's edition reports it.
public final class CommandableGRPCClient: Component, Client {
    private let grpc = GRPCClient(service: GRPCCommandable.service)
    private let nameSetting: Setting<String>
    private let operations = ClientOperations(prefix: "")

    /// Creates a client.
    /// - Parameter name: the prefix of command names; the setting `name` replaces it.
    public init(name: String = "") {
        nameSetting = Setting(
            "name", aliases: ["base_route"], default: name, "The prefix of command names, before a dot")
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
        // The usual case for code without a static result type.
        if Value.self == AnyValue.self, let value = value as? Value { return value }
        return try value.decode(Value.self)
    }

    /// The Python edition reports the text of its `KeyError` as the status.
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
