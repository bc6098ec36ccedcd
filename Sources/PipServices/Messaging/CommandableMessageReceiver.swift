/// Executes the commands of a component for messages: the message type is the command, the payload contains its
/// arguments.
///
/// ```yaml
/// - descriptor: pip-services:message-receiver:commandable:default:1.0
///   dependencies: { service: beacons:service:*:*:1.0 }
/// - descriptor: pip-services:message-listener:default:default:1.0
/// ```
/// If the message has a `reply_to`, the result is sent to the queue of that name, which must be a queue of the service.
/// The reply has the id of the request, the type `<command>.result` and the result as JSON. For an error caused by the
/// sender, the reply is `<command>.error` with an `ErrorDescription`; without a `reply_to`, the message is
/// dead-lettered immediately. After other errors the message is redelivered.
///
/// There is no counterpart in the toolkit.
public final class CommandableMessageReceiver: MessageReceiver, Component {
    private let service: Dependency<any Commandable>
    private let queues = Dependencies<any MessageQueue>("queues", "*:message-queue:*:*:1.0")
    private let instruments = Instruments()
    private let commands = Locked<CommandSet?>(nil)

    /// Creates a receiver.
    /// - Parameter service: the locators of the component with the commands; `dependencies.service` replaces them.
    public init(service locators: Locator...) {
        service = Dependency("service", aliases: ["controller"], locators: locators.isEmpty ? ["none"] : locators)
    }

    /// Runs the command.
    /// - Throws: errors of the command that were neither replied nor dead-lettered.
    public func receiveMessage(_ context: Context, _ message: MessageEnvelope, _ queue: any MessageQueue) async throws {
        // Checked before the command runs, because an unknown reply queue is the sender's mistake.
        let name = message.messageType ?? ""
        do {
            let reply = try message.replyTo.map { try queues.named(context, $0) }
            try await run(context, name, message, queue, reply)
        } catch let error as ApplicationError where Self.isFinal(error) {
            instruments.logger.error(
                context, error: error, "Message \(message.messageId) of \(queue.name) can't be served")
            try await queue.moveToDeadLetter(context, message, error: error)
        }
    }

    // MARK: - Internal

    private func run(
        _ context: Context, _ name: String, _ message: MessageEnvelope, _ queue: any MessageQueue,
        _ reply: (any MessageQueue)?
    ) async throws {
        let result: Command.Result?
        do {
            result = try await execute(context, name, message, queue)
        } catch let error where reply != nil && ApplicationError.isClientFault(error) {
            return try await answer(context, reply, "\(name).error", ErrorDescription(error), to: message)
        }
        do {
            try await answer(context, reply, "\(name).result", result, to: message)
        } catch let error as ApplicationError where error.category == .badRequest {
            // A retry would run the command again without changing the outcome.
            try await answer(context, reply, "\(name).error", ErrorDescription(error), to: message)
        }
    }

    private func execute(
        _ context: Context, _ name: String, _ message: MessageEnvelope, _ queue: any MessageQueue
    ) async throws -> Command.Result? {
        let commands = try commandSet()
        guard let command = commands.findCommand(name) else { throw commands.unknown(name, context) }
        let arguments = try Self.arguments(message)
        return try await instruments.run(context, InstrumentedOperation("\(queue.name).\(name)")) {
            try await command.execute(context, arguments)
        }
    }

    private func answer(
        _ context: Context, _ queue: (any MessageQueue)?, _ type: String, _ value: (any Encodable)?,
        to message: MessageEnvelope
    ) async throws {
        guard let queue else { return }
        var answer = MessageEnvelope(context, type, nil as [UInt8]?)
        if let value { try answer.setMessage(encoding: value) }
        answer.messageId = message.messageId
        try await queue.send(context, answer)
    }

    private func commandSet() throws -> CommandSet {
        if let commands = commands.current { return commands }
        let read = try service().commands
        return commands.withLock { commands in
            let first = commands ?? read
            commands = first
            return first
        }
    }

    private static func arguments(_ message: MessageEnvelope) throws(ApplicationError) -> Parameters {
        switch try message.getMessageAs() {
        case .null: return Parameters()
        case .map(let values): return Parameters(values)
        case .array(let values): return Parameters(.array(values))
        default: throw .badMessage(message, "the arguments of a command are a JSON object")
        }
    }

    /// True for an error that a retry cannot fix.
    private static func isFinal(_ error: ApplicationError) -> Bool {
        error.category == .badRequest || error.code.isSame(as: "UNKNOWN_QUEUE")
    }
}
