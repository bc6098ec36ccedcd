extension UnknownProperties {
    /// Applies the setting to the arguments of a command.
    /// - Throws: BadRequest `INVALID_DATA` if unknown properties are rejected.
    func check(
        _ context: Context, _ command: Command, _ arguments: Parameters, _ logger: CompositeLogger
    ) throws(ApplicationError) {
        guard self != .ignore, let schema = command.schema else { return }
        // Clients of other editions send the trace id as an argument.
        let found = UnknownProperties.findings(
            in: .map(arguments.values), schema, ignoring: ["trace_id", "correlation_id"])
        guard !found.isEmpty else { return }
        if self == .reject { throw ValidationError.error(traceId: context.traceId, results: found) }
        logger.warn(context, "Command \(command.name): \(found.map(\.message).joined(separator: ", "))")
    }
}
