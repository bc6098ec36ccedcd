#if PIP_GRPC
/// A command served by the commandable service.
struct GRPCCommandRoute: Sendable {
    /// `<name>.<command>`.
    let name: String
    let command: Command
    let instruments: Instruments
    let operation: InstrumentedOperation
    /// The authorization configured in the controller.
    let access: AccessSettings
    let unknownProperties: Setting<UnknownProperties>

    /// Parses the arguments and runs the command.
    func run(_ context: Context, _ message: GRPCInvokeRequest) async throws -> GRPCInvokeReply {
        let arguments = try arguments(context, message)
        var reply = GRPCInvokeReply()
        let result = try await command.execute(context, arguments)
        let value = try result.map { try AnyValue(encoding: $0) } ?? .null
        reply.resultEmpty = value.isNull
        if !value.isNull { reply.resultJson = String(decoding: JSONWriter.bytes(of: value), as: UTF8.self) }
        return reply
    }

    // MARK: - Internal

    private func arguments(_ context: Context, _ message: GRPCInvokeRequest) throws(ApplicationError) -> Parameters {
        var value = AnyValue.null
        if !message.argsEmpty, !message.argsJson.isEmpty {
            do {
                value = try JSONParser.parse(Array(message.argsJson.utf8))
            } catch {
                throw .badRequest(
                    code: "BAD_ARGUMENTS", "The arguments of \(name) are not JSON: \(error.message)",
                    traceId: context.traceId, details: ["method": .string(name)])
            }
        }
        let arguments: Parameters
        switch value {
        case .null: arguments = Parameters()
        case .map(let values): arguments = Parameters(values)
        case .array(let values) where unknownProperties() != .reject || values.isEmpty:
            arguments = Parameters(.array(values))
        default:
            throw .badRequest(
                code: "BAD_ARGUMENTS", "The arguments of \(name) are a JSON object", traceId: context.traceId,
                details: ["method": .string(name)])
        }
        try unknownProperties().check(context, command, arguments, instruments.logger)
        return arguments
    }
}
#endif
