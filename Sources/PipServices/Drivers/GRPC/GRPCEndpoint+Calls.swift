#if PIP_GRPC
internal import GRPCCore

/// The lifecycle of a call: its deadline, cancellation and errors.
extension GRPCEndpoint {
    /// Runs a call in a task that is cancelled when the client cancels the call or disconnects, when the deadline
    /// expires, or when the endpoint stops waiting for it.
    ///
    /// - Parameter endsOnDrain: true to cancel the call as soon as the endpoint drains.
    func run<Result: Sendable>(
        _ call: GRPCCall, endsOnDrain: Bool, _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let deadline = call.context.deadline
        if let deadline, clock.uptime >= deadline { throw CancellationError() }
        let task = Task { try await body() }
        let timer = deadline.map { deadline in
            Task { [clock] in
                guard (try? await clock.sleep(for: (deadline - clock.uptime).asSleep)) != nil else { return }
                task.cancel()
            }
        }
        defer { timer?.cancel() }
        return try await withTaskCancellationHandler {
            try await withRPCCancellationHandler {
                try await task.value
            } onCancelRPC: { [self] in
                // The transport also reports a cancellation when it drains, but then calls continue.
                if endsOnDrain || !isDraining { task.cancel() }
            }
        } onCancel: {
            task.cancel()
        }
    }

    /// Converts the failure of a call for sending, and logs it once.
    ///
    /// - Parameter operation: the name of the method, unless the error names one.
    /// - Returns: the status, and the description for a reply that carries one; nil for a cancelled call.
    func failure(
        _ error: any Error, _ context: Context, operation: String
    ) -> (status: RPCError, description: ErrorDescription?) {
        if let named = error as? GRPCNamedFailure {
            return failure(named.error, named.context, operation: named.operation)
        }
        if error is CancellationError || (error as? RPCError)?.code == .cancelled {
            return (cancellation(context, operation), nil)
        }
        let error = Self.known(error)
        let disclosure = ErrorDisclosure(error, exposingCauses: isExposing, random)
        log(error, context, operation, disclosure.id)
        var description = ErrorDescription(disclosure.error)
        if !isExposing {
            description.type = nil
            description.cause = nil
            description.stackTrace = nil
        }
        description.traceId = description.traceId ?? context.traceId
        let sent = disclosure.error as? ApplicationError ?? ApplicationError(.unknown, code: description.code)
        return (GRPCStatusDetails.status(of: description, sent), description)
    }

    // MARK: - Internal

    private func cancellation(_ context: Context, _ operation: String) -> RPCError {
        // Timers can fire slightly early.
        if let deadline = context.deadline, clock.uptime + .milliseconds(20) >= deadline {
            logger.debug(context, "\(operation): the time for the call is over")
            return RPCError(code: .deadlineExceeded, message: "The time for the call is over")
        }
        logger.debug(context, "\(operation): the call was cancelled")
        return isDraining
            ? RPCError(code: .unavailable, message: "The service is shutting down")
            : RPCError(code: .cancelled, message: "The call was cancelled")
    }

    /// Converts an error of grpc-swift to one of the toolkit.
    private static func known(_ error: any Error) -> any Error {
        guard let status = error as? RPCError else { return error }
        if status.code == .invalidArgument {
            return ApplicationError.badRequest(
                code: "BAD_MESSAGE", "The message of the call can't be read: \(status.message)", cause: status)
        }
        let (category, number) = GRPCStatusCode.category(of: status.code)
        return ApplicationError(
            category, code: "GRPC_\(GRPCStatusCode.name(of: status.code))", status.message, status: number,
            cause: status)
    }

    private func log(_ error: any Error, _ context: Context, _ operation: String, _ id: String?) {
        let level: LogLevel = ApplicationError.isClientFault(error) ? .debug : .error
        guard logger.isEnabled(level) else { return }
        logger.log(
            level, context, error: error, message: InstrumentedOperation.failure(of: operation),
            fields: id.map { ["error_id": .string($0)] } ?? [:])
    }
}

/// The failure of a call whose operation is named in its first message.
struct GRPCNamedFailure: Error {
    let error: any Error
    let context: Context
    let operation: String
}
#endif
