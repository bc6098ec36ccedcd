/// Creates queues at run time (the toolkit's `IMessageQueueFactory`).
public protocol MessageQueueFactory: Sendable {
    /// Creates a queue. The caller opens and closes it.
    ///
    /// It uses the factory's configuration and references.
    /// - Throws: Misconfiguration `BAD_CONFIG` if the factory's configuration is invalid; InvalidState `NOT_LINKED`
    ///   before the factory is linked.
    func createQueue(_ context: Context, _ name: String) async throws -> any MessageQueue
}

extension MessageQueueFactory {
    /// Configures and links a queue that a factory creates at run time.
    ///
    /// - Parameters:
    ///   - config: the factory's settings.
    ///   - references: the factory's references; nil before it is linked.
    /// - Throws: Misconfiguration `BAD_CONFIG`; InvalidState `NOT_LINKED`.
    func assemble<Queue: MessageQueue & Component>(
        _ context: Context, _ queue: Queue, named name: String, config: ConfigParams, references: References?
    ) async throws -> Queue {
        guard let references else { throw ApplicationError.notLinked("references") }
        let (_, problems) = try await ComponentAssembly.assemble(
            queue, name: "The queue '\(name)'", config: config.override(["queue": name]), references: references)
        let errors = problems.filter { $0.severity == .error }
        guard errors.isEmpty else {
            throw ApplicationError.config(
                code: "BAD_CONFIG", errors.map(\.description).joined(separator: "\n"), traceId: context.traceId)
        }
        return queue
    }
}
